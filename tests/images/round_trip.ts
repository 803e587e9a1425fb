/**
 * Writes a picture in each format and reads it back, for a test of the permissions that takes.
 *
 * Run: deno run --allow-read tests/images/round_trip.ts
 */
import { encodeImage } from "../../pipeline/images/encode/encode_image.ts";
import { readImage } from "../../pipeline/images/read/read_image.ts";
import { bytesOf } from "./chunks.ts";
import { pictures } from "./pictures.ts";

for (const format of ["png", "jpeg", "webp"] as const) {
  const { width, height } = await readImage(await bytesOf(encodeImage(pictures.gradient(20, 10), format)));
  console.log(`${format} ${width}x${height}`);
}
