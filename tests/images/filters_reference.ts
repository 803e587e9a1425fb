import type { Mask } from "../../pipeline/images/mask.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import type { Filter } from "../../pipeline/images/resize.ts";
import { reference } from "./references.ts";

/** A picture as filters_reference.py packs it. */
export interface Packed {
  readonly width: number;
  readonly height: number;
  readonly data: string;
}

/** What Pillow, torch and diffusers made; filters_reference.py says how. */
export const filtersReference = await reference<{
  images: Record<"L" | "RGB" | "RGBA", Packed>;
  resized: { mode: "L" | "RGB" | "RGBA"; filter: Filter; image: Packed }[];
  boxes: { filter: Filter; box: [left: number, upper: number, right: number, lower: number]; image: Packed }[];
  fitted: { mode: "L" | "RGB" | "RGBA"; how: "cover" | "contain"; image: Packed }[];
  mask: Packed;
  noise: Packed;
  blurred: { of: "mask" | "noise"; radius: number; image: Packed }[];
  luminance: Packed;
  other: Packed;
  soft: Packed;
  composite: Packed;
  over_white: Packed;
  latent: { mask: Packed; binary: number[]; nearest: number[]; max: number[] };
}>("filters_reference.json");

/** A packed picture of one or four channels. */
export function clamped({ width, height, data }: Packed): Mask {
  return { width, height, data: new Uint8ClampedArray(Uint8Array.fromBase64(data).buffer) };
}

/** A packed picture of three channels. */
export function pixels({ width, height, data }: Packed): Pixels {
  return { width, height, data: Uint8Array.fromBase64(data) };
}
