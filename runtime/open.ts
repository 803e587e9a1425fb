import { cpuObstacle, openCpu } from "./cpu.ts";
import type { Device, DeviceName, DeviceOptions } from "./device.ts";
import { openWasm } from "./wasm.ts";

const OPENERS: Readonly<Record<DeviceName, (options: DeviceOptions) => Promise<Device>>> = {
  webgpu: () => Promise.reject(new Error("Device webgpu is not built yet, choose wasm or cpu")),
  cpu: openCpu,
  wasm: openWasm,
};

/**
 * Opens a device by name. `auto` takes a real GPU, else `cpu` if native code is allowed and its package is there, else
 * `wasm`; it never fetches a package, and software WebGPU is had by name only.
 *
 * @throws {Error} if the device cannot be had, with what to do about it
 */
export async function openDevice(name: DeviceName | "auto", options: DeviceOptions = {}): Promise<Device> {
  return OPENERS[name === "auto" ? await chooseDevice() : name](options);
}

async function chooseDevice(): Promise<DeviceName> {
  return await cpuObstacle() === undefined ? "cpu" : "wasm";
}
