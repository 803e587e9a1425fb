import { cpuObstacle, openCpu } from "./cpu.ts";
import type { Device, DeviceName, DeviceOptions } from "./device.ts";
import { findAdapter } from "./gpu/adapter.ts";
import { openWasm } from "./wasm.ts";
import { openWebgpu } from "./webgpu.ts";

const OPENERS: Readonly<Record<DeviceName, (options: DeviceOptions) => Promise<Device>>> = {
  webgpu: openWebgpu,
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

/** The device that `auto` stands for on this machine. */
export async function chooseDevice(): Promise<DeviceName> {
  const adapter = await findAdapter();
  if (adapter && !adapter.info.isFallbackAdapter) return "webgpu";
  return await cpuObstacle() === undefined ? "cpu" : "wasm";
}
