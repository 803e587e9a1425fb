import type { Pixels } from "./pixels.ts";
import { resize } from "./resize.ts";

/**
 * Makes a picture agree with a smaller one of the same scene: what the smaller one has and this one, made smaller, lacks
 * is added (iterative back-projection; Irani & Peleg, "Improving resolution by image registration", 1991). Made smaller as in
 * training: bilinear, antialiased.
 *
 * @param rounds how often; 0 gives the picture as it is
 */
export function backProject(picture: Pixels, small: Pixels, rounds: number): Pixels {
  if (rounds === 0) return picture;
  const { width, height } = picture;
  const enlarged = (image: Pixels) => resize(image, width, height, "bicubic").data;
  const wanted = enlarged(small);
  let projected = picture;
  for (let round = 0; round < rounds; round++) {
    const seen = enlarged(resize(projected, small.width, small.height, "bilinear"));
    // Clamped to bytes by the type of the array.
    const data = new Uint8ClampedArray(projected.data).map((value, i) => value + wanted[i]! - seen[i]!);
    projected = { ...picture, data: new Uint8Array(data.buffer) };
  }
  return projected;
}
