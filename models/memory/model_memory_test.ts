import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { readModelMemory, residentBytes } from "./model_memory.ts";

const folderOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

describe("readModelMemory", () => {
  it("adds up the weights of every graph, inside and beside it", async () => {
    const inside = await readModelMemory(folderOf("tests/models/tiny-sd"), "wasm");
    const beside = await readModelMemory(folderOf("tests/models/tiny-sd-external"), "wasm");
    expect([...inside.parts.keys()]).toEqual(["text_encoder", "vae_encoder", "unet", "vae_decoder"]);
    for (const [part, { weights, own }] of inside.parts) {
      // Names and nodes are the rest of the file.
      expect([part, weights < own, weights > own / 4]).toEqual([part, true, true]);
      // Weights in a file are without the constants that shapes are computed from.
      expect(Math.abs(beside.parts.get(part)!.weights - weights)).toBeLessThan(1000);
    }
    expect(inside.loaded).toBe(beside.loaded);
  });

  it("counts weights inside of a graph's file twice on cpu, where files beside it are mapped", async () => {
    const partsOf = async (name: string) => (await readModelMemory(folderOf(`tests/models/${name}`), "cpu")).parts;
    const [inside, beside] = [
      (await partsOf("tiny-sd")).get("unet")!,
      (await partsOf("tiny-sd-external")).get("unet")!,
    ];
    expect(residentBytes(inside, "cpu") - inside.own).toBeCloseTo(1.2 * inside.weights);
    expect(residentBytes(beside, "cpu")).toBeLessThan(residentBytes(inside, "cpu") - beside.weights / 2);
  });

  it("counts weights that the graph widens as what they become", async () => {
    const { parts } = await readModelMemory(folderOf("models/builtin/emoji-128"), "webgpu");
    const { plain, widened, weights } = parts.get("unet")!;
    // A number in eight bits becomes one in 32, one in 16 bits, too; few are computed with as they are.
    expect(plain).toBeLessThan(weights / 10);
    expect(widened).toBeGreaterThan(2 * (weights - plain));
    expect(widened).toBeLessThanOrEqual(4 * (weights - plain));
    // Integer kernels take their eight bits as they are.
    const integer = (await readModelMemory(folderOf("models/builtin/emoji-128"), "cpu")).parts.get("unet")!;
    expect(integer.plain).toBeGreaterThan(integer.weights / 2);
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
