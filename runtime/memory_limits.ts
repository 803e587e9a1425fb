import type { DeviceName } from "./device.ts";
import { findAdapter } from "./gpu/adapter.ts";

/** What can be held on a device, in bytes; Infinity where nothing tells. */
export interface MemoryLimits {
  /** Of all graphs and tensors together. */
  readonly total: number;
  /** How much of that is free now. */
  readonly free: number;
  /** Of one tensor. */
  readonly tensor: number;
}

/** Largest heap of 32-bit WebAssembly, which is all that onnxruntime-web has. */
export const WASM_HEAP = 2 ** 32;

/**
 * What a device can hold. The machine's memory is known where Deno allows to ask for it (`--allow-sys=systemMemoryInfo`), that
 * of a GPU never: WebGPU tells only how large one buffer may be.
 */
export async function memoryLimits(device: DeviceName): Promise<MemoryLimits> {
  const system = await systemMemory();
  switch (device) {
    case "cpu":
      return { ...system, tensor: Infinity };
    case "wasm":
      return { total: Math.min(WASM_HEAP, system.total), free: Math.min(WASM_HEAP, system.free), tensor: WASM_HEAP };
    case "webgpu": {
      const { isSoftware, tensor } = await (gpu ??= gpuLimits());
      const { total, free } = isSoftware ? system : UNKNOWN;
      return { total, free, tensor };
    }
  }
}

const UNKNOWN = { total: Infinity, free: Infinity } as const;

/** They stay what they are, and drivers are slow to ask. */
let gpu: ReturnType<typeof gpuLimits> | undefined;

async function gpuLimits(): Promise<{ readonly isSoftware: boolean; readonly tensor: number }> {
  const adapter = await findAdapter();
  return {
    isSoftware: adapter?.info.isFallbackAdapter ?? false,
    tensor: adapter?.limits.maxBufferSize ?? Infinity,
  };
}

/** Swap counts, too: what lies there is slow, but it runs. */
async function systemMemory(): Promise<Pick<MemoryLimits, "total" | "free">> {
  const { state } = await Deno.permissions.query({ name: "sys", kind: "systemMemoryInfo" });
  if (state !== "granted") return UNKNOWN;
  const { total, available, swapTotal, swapFree } = Deno.systemMemoryInfo();
  return { total: total + swapTotal, free: available + swapFree };
}
