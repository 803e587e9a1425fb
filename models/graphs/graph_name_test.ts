import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { dirname, join } from "node:path";
import { graphName } from "./graph_name.ts";

describe("graphName", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  async function nameOf(...files: readonly string[]): Promise<string> {
    for (const file of files) {
      await Deno.mkdir(join(folder, "unet", dirname(file)), { recursive: true });
      await Deno.writeTextFile(join(folder, "unet", file), "");
    }
    return await graphName(folder, "unet");
  }

  it("takes the most exact", async () => {
    expect(await nameOf("model_quantized.onnx", "model_fp16.onnx", "model.onnx", "onnx/model.onnx")).toBe("model.onnx");
  });
  it("takes half precision before integers", async () => {
    expect(await nameOf("model_quantized.onnx", "model_fp16.onnx", "config.json")).toBe("model_fp16.onnx");
  });
  it("looks into onnx/ where the part has none", async () => {
    expect(await nameOf("config.json", "onnx/model_int8.onnx", "onnx/model_uint8.onnx")).toBe("onnx/model_int8.onnx");
  });
  it("takes the only one whatever it is called, but guesses not", async () => {
    expect(await nameOf("unet.onnx")).toBe("unet.onnx");
    expect(await nameOf("other.onnx")).toBe("model.onnx");
  });
  it("names the usual where there is none", async () => {
    expect(await nameOf()).toBe("model.onnx");
  });
});
