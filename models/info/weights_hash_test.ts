import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { weightsHash } from "./weights_hash.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("weightsHash", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    await Deno.mkdir(join(folder, "unet"));
    await Deno.writeTextFile(join(folder, "model_index.json"), "{}");
    await Deno.writeTextFile(join(folder, "unet/model.onnx"), "weights");
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  const expected = (weights: string) =>
    sha256([`${sha256(weights)}  unet/model.onnx\n`, `${sha256("{}")}  model_index.json\n`].sort().join("")).slice(
      0,
      10,
    );

  it("is of the sums of all files, and sees when one of them is replaced by another of the same size", async () => {
    expect(await weightsHash(folder)).toBe(expected("weights"));
    expect(await weightsHash(folder)).toBe(expected("weights"));
    await Deno.writeTextFile(join(folder, "fresh"), "WEIGHTS");
    await Deno.rename(join(folder, "fresh"), join(folder, "unet/model.onnx"));
    expect(await weightsHash(folder)).toBe(expected("WEIGHTS"));
  });

  it("reads a file again only if its entry has changed", async () => {
    const { open } = Deno;
    const opened: string[] = [];
    Deno.open = (path, options) => {
      opened.push(String(path));
      return open(path, options);
    };
    try {
      await weightsHash(folder);
      expect(opened).toHaveLength(2);
      await weightsHash(folder);
      expect(opened).toHaveLength(2);
      await Deno.writeTextFile(join(folder, "unet/model.onnx"), "more weights");
      expect(await weightsHash(folder)).toBe(expected("more weights"));
      expect(opened).toHaveLength(3);
    } finally {
      Deno.open = open;
    }
  });
});
