import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { readModelMemory } from "./model_memory.ts";

const folderOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

describe("readModelMemory", () => {
  it("adds up the weights of every graph, inside and beside it", async () => {
    const inside = await readModelMemory(folderOf("tests/models/tiny-sd"), "cpu");
    const beside = await readModelMemory(folderOf("tests/models/tiny-sd-external"), "cpu");
    expect([...inside.parts.keys()]).toEqual(["text_encoder", "vae_encoder", "unet", "vae_decoder"]);
    for (const [part, { weights, own }] of inside.parts) {
      // Names and nodes are the rest of the file.
      expect([part, weights < own, weights > own / 4]).toEqual([part, true, true]);
      // Weights in a file are without the constants that shapes are computed from.
      expect(Math.abs(beside.parts.get(part)!.weights - weights)).toBeLessThan(1000);
    }
    expect(inside.loaded).toBe(beside.loaded);
  });

  it("tells the precision of a graph", async () => {
    const precisions = async (name: string) =>
      [...(await readModelMemory(folderOf(`tests/models/${name}`), "cpu")).parts.values()].map(({ precision }) =>
        precision
      );
    expect(new Set(await precisions("tiny-sd"))).toEqual(new Set(["fp32"]));
    expect(new Set(await precisions("tiny-sd2"))).toEqual(new Set(["fp16"]));
  });

  it("takes the variant that the device will load", async () => {
    const folder = folderOf("models/builtin/emoji-128");
    const [cpu, webgpu] = await Promise.all((["cpu", "webgpu"] as const).map((name) => readModelMemory(folder, name)));
    expect(cpu!.parts.get("unet")!.file).toBe("unet/model_int8.onnx");
    expect(webgpu!.parts.get("unet")!.file).toBe("unet/model.onnx");
  });
});
