import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { Tensor } from "onnxruntime-common";
import type { StepRow } from "../device.ts";
import { step } from "../kernels/step.ts";
import { hasAdapter } from "../../tests/devices/adapter_for_test.ts";
import { findAdapter } from "./adapter.ts";
import { GpuDevice } from "./gpu_device.ts";

if (await hasAdapter()) {
  describe("GpuDevice on a GPU that offers no more than WebGPU guarantees", () => {
    it("steps with everything that a step can have", async () => {
      const gpu = await (await findAdapter())!.requestDevice();
      expect(gpu.limits.maxStorageBuffersPerShaderStage).toBe(8);
      const create = () => Promise.reject(new Error("There are no graphs here"));
      await using device = new GpuDevice({ description: "plain", device: gpu, Tensor, create });

      const dims = [2, 1, 2, 2];
      const numbers = (start: number, count = 8) => Float32Array.from({ length: count }, (_, i) => start + i / 8);
      const data = { x: numbers(1), predicted: numbers(-2, 16), noise: numbers(3) };
      const history = [numbers(4), numbers(5), numbers(6)];
      const rows = [0.5, 2].map((guidance): StepRow => ({
        guidance,
        step: {
          ...{ timestep: 500, inputScale: 1, level: { signal: 0.8, noise: 0.6 } },
          x0: { x: 1.25, predicted: -0.75, clip: 2 },
          next: { x: 0.5, predicted: 0.25, x0: guidance, history: [0.1, -0.2, 0.3], noise: 0.4 },
          keep: { x: 0.1, predicted: 1, x0: -1 },
        },
      }));
      using uploaded = new DisposableStack();
      const upload = (data: Float32Array) =>
        uploaded.use(device.upload("B C h w", [data.length / 4, ...dims.slice(1)], data));
      const inputs = { x: upload(data.x), predicted: upload(data.predicted), noise: upload(data.noise) };
      const made = device.step(rows, { ...inputs, history: history.map(upload) });
      using next = made.x;
      using kept = made.kept!;
      const expected = step(rows, { row: 4, guided: true, keeps: true }, { ...data, history });
      for (const [actual, wanted] of [[await next.read(), expected.x], [await kept.read(), expected.kept!]] as const) {
        actual.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 4));
      }
    });

    it("refuses more rows than a uniform buffer of its kernel holds", async () => {
      const gpu = await (await findAdapter())!.requestDevice();
      const create = () => Promise.reject(new Error("There are no graphs here"));
      await using device = new GpuDevice({ description: "plain", device: gpu, Tensor, create });
      const row: StepRow = {
        guidance: 1,
        step: {
          ...{ timestep: 500, inputScale: 1, level: { signal: 0.8, noise: 0.6 } },
          x0: { x: 1, predicted: 0, clip: 1 },
          next: { x: 1, predicted: 0, x0: 0, history: [], noise: 0 },
        },
      };
      using x = device.upload("B C h w", [65, 1, 1, 1], new Float32Array(65));
      using predicted = device.upload("B C h w", [65, 1, 1, 1], new Float32Array(65));
      expect(() => device.step(Array(65).fill(row), { x, predicted, history: [] })).toThrow(RangeError);
    });
  });
}
