import type { Pixels } from "../../pipeline/images/pixels.ts";
import { crop } from "../../pipeline/images/regions/crop.ts";
import { resize } from "../../pipeline/images/resize.ts";
import type { Make } from "./make.ts";
import { type Line, mean, steepness } from "./measures.ts";

/** Outpainting: the right half is made anew. How steep the seam is beside the columns next to it; the truth tells the same. */
export async function outpainting(pictures: readonly Pixels[], make: Make): Promise<readonly (readonly string[])[]> {
  const [made, real]: [Pixels[], Pixels[]] = [[], []];
  for (const [seed, picture] of pictures.entries()) {
    const { width, height } = picture;
    const image = crop(picture, { x: 0, y: 0, width: width / 2, height });
    made.push(await make({ prompt: "", image, extend: [0, 0, width / 2, 0], seed }));
    real.push(picture);
  }
  const seam = ({ width, height }: Pixels): Line[] => [{ at: width / 2, from: 0, to: height, isUpright: true }];
  return [[
    "outpainting, difference across the seam ÷ beside it",
    ratioOf(made, seam),
    `${ratioOf(real, seam)} in the originals`,
  ]];
}

/** Inpainting: a square in the middle is made anew. What stays, byte by byte, and how steep the square's border is. */
export async function inpainting(pictures: readonly Pixels[], make: Make): Promise<readonly (readonly string[])[]> {
  const [made, soft]: [Pixels[], Pixels[]] = [[], []];
  let [kept, outside] = [0, 0];
  for (const [seed, picture] of pictures.entries()) {
    // The model's own size, another one, and the part around the mask of another one.
    const odd = resize(picture, 200, 150);
    const tries = [[picture, {}], [picture, { mask_blur: 4 }], [odd, {}], [odd, { region: "masked" }]] as const;
    for (const [image, fields] of tries) {
      const mask = middle(image);
      const result = await make({ prompt: "", image, mask, seed, ...fields });
      if (image === picture) ("mask_blur" in fields ? soft : made).push(result);
      mask.data.forEach((value, i) => {
        if (value === 255) return;
        outside++;
        kept += Number(result.data[i] === image.data[i]);
      });
    }
  }
  const border = ({ width, height }: Pixels): Line[] =>
    [width, height].flatMap((side, axis) => {
      const other = axis === 0 ? height : width;
      return [side / 4, 3 * side / 4].map((at) => ({ at, from: other / 4, to: 3 * other / 4, isUpright: axis === 0 }));
    });
  const originals = `${ratioOf(pictures, border)} in the originals`;
  return [
    ["inpainting, bytes outside the mask that stay", `${(100 * kept / outside).toFixed(4)} %`, "100 %"],
    ["inpainting, difference across the hole's border ÷ beside it", ratioOf(made, border), originals],
    ["… with `--mask-blur 4`", ratioOf(soft, border), originals],
  ];
}

/** White in the middle, half as wide and as high. */
function middle({ width, height }: Pixels): Pixels {
  const isInside = (at: number, side: number) => at >= Math.round(side / 4) && at < Math.round(3 * side / 4);
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return isInside(pixel % width, width) && isInside(Math.floor(pixel / width), height) ? 255 : 0;
  });
  return { width, height, data };
}

/** Over all pictures, because single ones may be flat there. */
function ratioOf(pictures: readonly Pixels[], linesOf: (picture: Pixels) => readonly Line[]): string {
  const all = pictures.flatMap((picture) => linesOf(picture).map((line) => steepness(picture, line)));
  return (mean(all.map(({ own }) => own)) / mean(all.map(({ beside }) => beside))).toFixed(2);
}
