/** What onnxruntime-web would ask for if it made the device itself. */
const FEATURES = ["shader-f16", "subgroups"] as const;
const LIMITS = [
  "maxBindGroups",
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
] as const;

/** The machine's best WebGPU adapter, or nothing if there is none. */
export async function findAdapter(): Promise<GPUAdapter | null> {
  await quietMesa();
  return await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
}

/** A device with everything that the adapter offers; our own kernels need no more than WebGPU guarantees. */
export function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { features, limits } = adapter;
  return adapter.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => features.has(feature)),
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, limits[name]])),
  });
}

/**
 * Mesa's drivers print "error: XDG_RUNTIME_DIR is invalid or not set" on every start where nobody is logged in, as on
 * servers and in containers; we show no windows, so any folder will do. May go when Mesa asks only for windows.
 */
async function quietMesa(): Promise<void> {
  if (Deno.build.os !== "linux") return;
  const variable = "XDG_RUNTIME_DIR";
  const { state } = await Deno.permissions.query({ name: "env", variable });
  if (state === "granted" && !Deno.env.has(variable)) Deno.env.set(variable, "/tmp");
}
