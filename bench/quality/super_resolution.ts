import type { Pixels } from "../../pipeline/images/pixels.ts";
import { resize } from "../../pipeline/images/resize.ts";
import type { Make } from "./make.ts";
import { mean, psnr } from "./measures.ts";

/**
 * Super-resolution of pictures at a quarter of their size, made smaller as in training (bilinear, antialiased): mean PSNR of
 * the model, of filters, and in how many pictures the model is the better.
 */
export async function superResolution(
  pictures: readonly Pixels[],
  make: Make,
): Promise<readonly (readonly string[])[]> {
  const scores: { model: number; bicubic: number; lanczos: number }[] = [];
  for (const [seed, truth] of pictures.entries()) {
    const { width, height } = truth;
    const image = resize(truth, width / 4, height / 4, "bilinear");
    scores.push({
      model: psnr(await make({ task: "super-resolution", image, seed }), truth),
      bicubic: psnr(resize(image, width, height, "bicubic"), truth),
      lanczos: psnr(resize(image, width, height, "lanczos"), truth),
    });
  }
  const of = (name: "model" | "bicubic" | "lanczos") => mean(scores.map((score) => score[name])).toFixed(2);
  const better = scores.filter(({ model, bicubic }) => model > bicubic).length;
  return [
    [
      "super-resolution 32x32 → 128x128, PSNR",
      `${of("model")} dB`,
      `bicubic ${of("bicubic")}, Lanczos ${of("lanczos")} dB`,
    ],
    ["… pictures in which it beats bicubic", `${better} of ${scores.length}`, "all"],
  ];
}
