import type { Device, DeviceName } from "../../runtime/device.ts";
import { openDevice } from "../../runtime/open.ts";

/** What to do where a device is missing. */
const REMEDY: Readonly<Record<DeviceName, string>> = {
  webgpu: "apt-get install mesa-vulkan-drivers",
  cpu: "allow native code and npm:onnxruntime-node",
  wasm: "nothing: it must always open",
};

/**
 * Opens a device for tests; software WebGPU will do. A device that the machine lacks is skipped with a line that says so,
 * except in CI, where all must be there.
 *
 * @throws {Error} if `wasm` cannot be opened, or any device under CI=true
 */
export async function openForTest(name: DeviceName): Promise<Device | undefined> {
  try {
    return await openDevice(name);
  } catch (error) {
    if (name === "wasm" || Deno.env.get("CI") === "true") throw error;
    console.log(`skipped: device ${name} (${(error as Error).message}); ${REMEDY[name]}`);
  }
}
