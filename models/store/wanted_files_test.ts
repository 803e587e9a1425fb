import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { graphFiles } from "./wanted_files.ts";

describe("graphFiles", () => {
  const chosen = (paths: readonly string[], config: unknown = {}) => graphFiles(paths, () => Promise.resolve(config));

  it("takes the graph of each part that will be used, and no other precision", async () => {
    const paths = [
      "unet/model.onnx",
      "unet/model_fp16.onnx",
      "vae_decoder/onnx/model_fp16.onnx",
      "text_encoder/a.onnx",
    ];
    expect(await chosen(paths)).toEqual(paths.filter((path) => path !== "unet/model_fp16.onnx"));
  });
  it("takes the variants that a config names", async () => {
    const paths = ["unet/config.json", "unet/model.onnx", "unet/model_int8.onnx", "unet/model_fp16.onnx"];
    expect(await chosen(paths, { graphs: { float: "model.onnx", integer: "model_int8.onnx" } })).toEqual(
      ["unet/model.onnx", "unet/model_int8.onnx"],
    );
  });
  it("leaves alone what no picture needs, and graphs beside the parts", async () => {
    expect(await chosen(["safety_checker/model.onnx", "model.onnx", "unet/a/b/model.onnx"])).toEqual([]);
  });
});
