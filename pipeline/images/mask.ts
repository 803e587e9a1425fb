import { gaussianBlur } from "./filters/gaussian_blur.ts";
import type { Filter } from "./filters/resample_weights.ts";
import { flatten } from "./flatten.ts";
import type { Rgba } from "./read/rgba.ts";

/** What of a picture is to be painted anew. */
export interface Mask {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** One byte a pixel, row-major: 255 is repainted, 0 kept, a mix between. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

type MaskSize = Pick<Mask, "width" | "height">;

/** Mask from a picture of its own, white is repainted: its luminance (Pillow's `convert("L")`) from 128 on. Transparent is kept. */
export function maskFromLuminance(image: Rgba): Mask {
  const { data } = flatten(image, [0, 0, 0]);
  return binarise(maskOf(image, (pixel) => {
    const at = 3 * pixel;
    return (19595 * data[at]! + 38470 * data[at + 1]! + 7471 * data[at + 2]! + 0x8000) >> 16; // ITU-R 601-2
  }));
}

/** Mask from a picture's alpha, transparent is repainted: opacities below 128. */
export function maskFromAlpha(image: Rgba): Mask {
  return binarise(maskOf(image, (pixel) => 255 - image.data[4 * pixel + 3]!));
}

/** Bytes from 128 on become 255, others 0, as in diffusers' `VaeImageProcessor.binarize`. */
export function binarise(mask: Mask): Mask {
  return maskOf(mask, (pixel) => mask.data[pixel]! >= 128 ? 255 : 0);
}

/** How a mask is brought to a size: by means over areas where it shrinks, so that no part counts twice or not at all. */
export function maskFilter(from: MaskSize, to: MaskSize): Filter {
  return from.width >= to.width && from.height >= to.height ? "area" : "lanczos";
}

/** Exchanges what is repainted and what is kept. */
export function invert(mask: Mask): Mask {
  return maskOf(mask, (pixel) => 255 - mask.data[pixel]!);
}

/**
 * Softens a mask's edge, as Pillow's `ImageFilter.GaussianBlur` and so diffusers' `VaeImageProcessor.blur` do it.
 *
 * @param radius standard deviation in pixels; 0 changes nothing
 * @throws RangeError where the radius is not a number from 0 on
 */
export function feather(mask: Mask, radius: number): Mask {
  if (!(radius >= 0 && radius < Infinity)) {
    throw new RangeError(`Radius of the mask's feather is ${radius}; expected a number of pixels from 0 on`);
  }
  return { ...mask, data: gaussianBlur(mask.data, mask.width, mask.height, radius) };
}

/**
 * Brings a mask to the size of the latents: values in [0, 1], shape `[1, 1, h, w]`.
 *
 * @param factor pixels of one latent in each direction
 * @param how `max` takes the highest of each block, so that no pixel to be repainted is lost; `nearest` takes the first of
 * each block, as diffusers' inpainting pipelines do (`torch.nn.functional.interpolate`)
 * @throws RangeError where width or height is no multiple of the factor
 */
export function latentMask(
  { width, height, data }: Mask,
  factor: number,
  how: "max" | "nearest" = "max",
): { readonly dims: readonly [1, 1, h: number, w: number]; readonly data: Float32Array<ArrayBuffer> } {
  const [h, w] = [height / factor, width / factor];
  if (!Number.isInteger(h) || !Number.isInteger(w)) {
    throw new RangeError(`Mask is ${width}x${height}; expected multiples of the latents' factor ${factor}`);
  }
  const latent = new Float32Array(h * w);
  const reach = how === "max" ? factor : 1;
  for (let i = 0; i < latent.length; i++) {
    const corner = Math.floor(i / w) * factor * width + (i % w) * factor;
    let highest = 0;
    for (let y = 0; y < reach; y++) {
      for (let x = 0; x < reach; x++) highest = Math.max(highest, data[corner + y * width + x]!);
    }
    latent[i] = highest / 255;
  }
  return { dims: [1, 1, h, w], data: latent };
}

function maskOf(
  { width, height }: { readonly width: number; readonly height: number },
  byte: (pixel: number) => number,
): Mask {
  return { width, height, data: Uint8ClampedArray.from({ length: width * height }, (_, pixel) => byte(pixel)) };
}
