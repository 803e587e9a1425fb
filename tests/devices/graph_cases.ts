import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { Device } from "../../runtime/device.ts";
import type { Tensor } from "../../runtime/tensor.ts";
import { findAdapter } from "../../runtime/gpu/adapter.ts";
import { expectTensor, numbers } from "./numbers.ts";
import expected from "./graphs/expected.json" with { type: "json" };
import { pathOf, testGraph } from "./test_graph.ts";

/** What `Device.load` and sessions must do. */
export function graphCases(device: Device): void {
  describe("graphs", () => {
    it("tell their inputs and outputs", async () => {
      await using session = await device.load(testGraph("element_types"));
      expect(session.inputs.map(({ name, type, dims }) => [name, type, dims.length])).toEqual([
        ["ids", "int64", 2],
        ["count", "int32", 2],
        ["mask", "bool", 2],
        ["scalar", "float32", 0],
      ]);
      await using conv = await device.load(testGraph("conv_9"));
      expect(conv.inputs).toEqual([{ name: "sample", type: "float32", dims: ["B", 9, "h", "w"] }]);
      expect(conv.outputs).toEqual([{ name: "out_sample", type: "float32", dims: ["B", 4, "h", "w"] }]);
    });

    it("get and give other element types, and scalars of rank 0", async () => {
      await using session = await device.load(testGraph("element_types"));
      const dims = [1, 5];
      using ids = device.upload("B N", dims, new Float32Array([101, 2.9, -2.9, 49407, 0]));
      using count = device.upload("B N", dims, new Float32Array([1, 2, 3, 4, 5]));
      using mask = device.upload("B N", dims, new Float32Array([1, 0, 1, 1, 0]));
      using scalar = device.upload("B", [1], new Float32Array([0.125]));
      const outputs = await session.run({ ids, count, mask, scalar }, { sum: "B N", ids_doubled: "B N" });
      // Integers are cut off.
      await expectTensor(outputs.sum, dims, [103.125, 4.125, 2.125, 49412.125, 5.125], 0);
      await expectTensor(outputs.ids_doubled, dims, [202, 4, -4, 98814, 0], 0);
    });

    it("get and give half precision, or are refused by a GPU that has none", async () => {
      await using session = await device.load(testGraph("half_precision"));
      const dims = [1, 5];
      using half = device.upload("B N", dims, new Float32Array([0.5, 1.25, -3, 1 + 2 ** -12, 1024.5]));
      const run = session.run({ half }, { single: "B N", doubled: "B N" });
      if (device.memory === "gpu" && !(await findAdapter())!.features.has("shader-f16")) {
        return await expect(run).rejects.toThrow("f16");
      }
      const { single, doubled } = await run;
      // Half precision knows 1 + 2⁻¹² as 1 and has steps of 1 above 1024.
      await expectTensor(single, dims, [0.5, 1.25, -3, 1, 1024], 0);
      await expectTensor(doubled, dims, [1, 2.5, -6, 2, 2048], 0);
    });

    it("take what another graph or kernel left, as any element type", async () => {
      await using session = await device.load(testGraph("element_types"));
      const dims = [1, 3];
      using raw = device.upload("B N", dims, new Float32Array([1, 2, 3]));
      using made = device.assemble("B N", dims, [{ of: raw, start: 1, length: 2 }, { of: raw, start: 0, length: 1 }]);
      using scalar = device.upload("B", [1], new Float32Array([0]));
      const { sum } = await session.run({ ids: made, count: made, mask: made, scalar }, { sum: "B N" });
      await expectTensor(sum, dims, [5, 7, 3], 0);
    });

    it("may have their weights in other files", async () => {
      await using session = await device.load(testGraph("external"));
      const data = numbers(128, 1);
      using sample = device.upload("B C h w", [2, 4, 4, 4], data);
      const { out_sample } = await session.run({ sample }, { out_sample: "B C h w" });
      await expectTensor(out_sample, [2, 4, 4, 4], data.map((number, i) => number * (1 + i % 64)), 1e-6);
    });

    for (const name of ["conv_9", "conv_81"] as const) {
      it(`compute what PyTorch computes: ${name}`, async () => {
        await using session = await device.load(testGraph(name));
        const { sample: input, out_sample: output } = expected[name];
        using sample = device.upload("B C h w", input.dims, Float32Array.from(input.data));
        const { out_sample } = await session.run({ sample }, { out_sample: "B C h w" });
        await expectTensor(out_sample, output.dims, output.data, 3e-6);
      });
    }

    it("take turns", async () => {
      await using graph = await device.load(testGraph("external"));
      await using other = await device.load(testGraph("external"));
      using sample = device.upload("B C h w", [1, 4, 4, 4], new Float32Array(64).fill(1));
      const runs = [graph, other, graph, other].map((each) => each.run({ sample }, { out_sample: "B C h w" }));
      for (const { out_sample } of await Promise.all(runs)) {
        await expectTensor(out_sample, [1, 4, 4, 4], Float32Array.from({ length: 64 }, (_, i) => i + 1), 0);
      }
    });

    it("run on after a run that failed", async () => {
      const graph = testGraph("element_types");
      await using session = await device.load(graph);
      using row = device.upload("B N", [1, 2], new Float32Array([1, 2]));
      using longer = device.upload("B N", [1, 3], new Float32Array([3, 4, 5]));
      using scalar = device.upload("B", [1], new Float32Array([0]));
      const feeds = (of: Tensor) => ({ ids: of, count: of, mask: of, scalar });
      await expect(session.run({ ...feeds(row), count: longer }, { sum: "B N" })).rejects.toThrow();
      const { sum } = await session.run(feeds(longer), { sum: "B N" });
      await expectTensor(sum, [1, 3], [7, 9, 11], 0);
    });

    it("refuse names they do not have and axes that do not fit", async () => {
      const before = device.counts().liveTensors;
      await using session = await device.load(testGraph("external"));
      using sample = device.upload("B C h w", [1, 4, 4, 4], new Float32Array(64));
      const wish = { out_sample: "B C h w" } as const;
      await expect(session.run({}, wish)).rejects.toThrow("Input sample is missing, the graph takes sample");
      await expect(session.run({ sample, other: sample }, wish)).rejects.toThrow("Input other is unknown");
      await expect(session.run({ sample }, { image: "B C h w" })).rejects.toThrow("Output image is unknown");
      await expect(session.run({ sample }, { out_sample: "B N D" })).rejects.toThrow(RangeError);
      expect(device.counts().liveTensors).toBe(before + 1);
    });

    it("say which file is missing or no graph", async () => {
      await expect(device.load({ path: pathOf("missing.onnx"), external: [] })).rejects.toThrow("missing.onnx");
      const text = { path: pathOf("make_graphs.py"), external: [] };
      await expect(device.load(text)).rejects.toThrow("make_graphs.py could not be loaded");
    });
  });
}
