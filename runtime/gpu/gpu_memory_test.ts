import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { DeviceLostError } from "../device_lost_error.ts";
import { hasAdapter } from "../../tests/devices/adapter_for_test.ts";
import { findAdapter, requestDevice } from "./adapter.ts";
import { GpuMemory } from "./gpu_memory.ts";

if (await hasAdapter()) {
  describe("GpuMemory", () => {
    let device: GPUDevice;
    let memory: GpuMemory;
    beforeEach(async () => {
      // An adapter gives one device only.
      device = await requestDevice((await findAdapter())!);
      memory = new GpuMemory(device);
    });
    afterEach(() => {
      memory.close();
      device.destroy();
    });

    it("gives a released buffer to the next tensor of its size", () => {
      const [a, b] = [memory.acquire(100), memory.acquire(100)];
      expect([a.size, b.size]).toEqual([112, 112]);
      expect(a).not.toBe(b);
      memory.release(a);
      expect(memory.acquire(200)).not.toBe(a);
      expect(memory.acquire(110)).toBe(a);
      expect(memory.acquire(110)).not.toBe(a);
    });

    it("reads what was uploaded last, whatever the buffer held before", async () => {
      const first = memory.upload(new Float32Array([1, 2, 3, 4]));
      const reading = memory.read(first, 4);
      memory.release(first);
      const second = memory.upload(new Float32Array([5, 6, 7, 8]));
      expect(second).toBe(first);
      expect(await reading).toEqual(new Float32Array([1, 2, 3, 4]));
      expect(await memory.read(second, 3)).toEqual(new Float32Array([5, 6, 7]));
    });

    it("throws after the GPU refused a command", async () => {
      const [buffer, small] = [memory.acquire(64), memory.acquire(16)];
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, small, 0, 64);
      device.queue.submit([encoder.finish()]);
      await new Promise((resolve) => setTimeout(resolve));
      expect(() => memory.acquire(16)).toThrow(DeviceLostError);
      await expect(memory.read(buffer, 1)).rejects.toThrow("The GPU failed, latentd must start over");
    });
  });
}
