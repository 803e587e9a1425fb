import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { readOutline } from "../graphs/graph_outline.ts";
import { activations } from "./activations.ts";

const outlineOf = (path: string) => readOutline(fileURLToPath(new URL(`../../${path}/model.onnx`, import.meta.url)));

describe("activations", () => {
  const decoder = outlineOf("tests/first_stage/tiled/vae_decoder");
  const encoder = outlineOf("tests/first_stage/tiled/vae_encoder");

  it("follows planes through a decoder to its pictures, and through an encoder from them", () => {
    // 16 channels in and out where the upper block works on 2·h by 2·w: four such tensors.
    expect(activations(decoder, { height: 4, width: 8 })).toEqual({
      total: 4 * (4 * 16 * 8 * 16),
      largest: 4 * (16 * 8 * 16),
    });
    // 8 channels in and out at the picture's own size.
    expect(activations(encoder, { height: 8, width: 16 }).largest).toBe(4 * (8 * 8 * 16));
  });

  it("counts the scores of attention, which grow with the square of the picture", () => {
    const places = 128 * 128;
    expect(activations(decoder, { height: 128, width: 128 })).toEqual({
      total: 4 * 2 * places ** 2,
      largest: 4 * places ** 2,
    });
  });

  it("grows with rows and heads", () => {
    const one = activations(decoder, { height: 128, width: 128 });
    const many = activations(decoder, { height: 128, width: 128, rows: 2, heads: 3 });
    expect(many.total).toBe(6 * one.total);
  });

  it("finds kernels behind the nodes that widen them", () => {
    const { total } = activations(outlineOf("models/builtin/emoji-128/vae_decoder"), { height: 8, width: 8 });
    expect(total).toBeGreaterThan(0);
  });
});
