import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { DeviceName } from "../../runtime/device.ts";
import expected from "./graphs/expected.json" with { type: "json" };

// While onnxruntime-web starts, the global is another class; see runtime/onnx/keep_worker.ts.
const { Worker } = globalThis;

/** The program runs devices in a worker, where onnxruntime meets another `location` and starts threads of its own. */
export function workerCases(name: DeviceName): void {
  describe("in a worker", () => {
    it("computes the same", async () => {
      const worker = new Worker(new URL("device_worker.ts", import.meta.url), { type: "module" });
      try {
        const answer = await new Promise<Float32Array>((resolve, reject) => {
          worker.onmessage = ({ data }) => data instanceof Float32Array ? resolve(data) : reject(new Error(data));
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage(name);
        });
        const { data } = expected.conv_9.out_sample;
        expect(answer.length).toBe(data.length);
        const errors = answer.map((number, i) => Math.abs(number - data[i]!));
        expect(Math.max(...errors)).toBeLessThan(1e-5);
      } finally {
        worker.terminate();
      }
    });
  });
}
