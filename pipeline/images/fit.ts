import { channelsOf, type Raster, rasterLike } from "./raster.ts";
import { type Box, type Filter, resize } from "./resize.ts";

/** How a picture of another shape is brought to a size. */
export type Fit = "cover" | "contain" | "stretch";

/** A picture that was brought to a size. */
export interface Fitted<Kind extends Raster> {
  readonly image: Kind;
  /** Where in the new picture the old one lies, in whole pixels; all of it, but for `contain`. */
  readonly box: Box;
}

/** How to fill and to filter. */
export interface FitOptions {
  /** As Pillow calls them; `lanczos` where not told. */
  readonly filter?: Filter;
  /** One byte a channel for what `contain` leaves; zeros where not told: black, transparent, not repainted. */
  readonly fill?: readonly number[];
}

/**
 * Brings a picture to `width` columns and `height` rows: `cover` scales and cuts off what is too much on both sides alike
 * (Pillow's `ImageOps.fit`), `contain` scales and fills what is left on both sides (`ImageOps.pad`), `stretch` changes its
 * shape.
 */
export function fit<Kind extends Raster>(
  image: Kind,
  width: number,
  height: number,
  how: Fit = "cover",
  { filter = "lanczos", fill = [] }: FitOptions = {},
): Fitted<Kind> {
  const box = { x: 0, y: 0, width, height };
  switch (how) {
    case "stretch":
      return { image: resize(image, width, height, filter), box };
    case "cover":
      return { image: resize(image, width, height, filter, middleOf(image, width, height)), box };
    case "contain": {
      const placed = placeOf(image, width, height);
      const whole = resize(image, placed.width, placed.height, filter);
      return { image: place(whole, width, height, placed, fill), box: placed };
    }
  }
}

/** The largest middle part of a picture that has the shape of the new one. */
function middleOf(image: Raster, width: number, height: number): Box {
  const wide = image.width * height > width * image.height;
  const part = wide
    ? { width: width * image.height / height, height: image.height }
    : { width: image.width, height: height * image.width / width };
  return { x: (image.width - part.width) / 2, y: (image.height - part.height) / 2, ...part };
}

/** The largest middle part of the new picture that has the shape of the old one; an odd pixel is left before it. */
function placeOf(image: Raster, width: number, height: number): Box {
  const wide = image.width * height > width * image.height;
  const part = wide
    ? { width, height: Math.max(1, Math.round(width * image.height / image.width)) }
    : { width: Math.max(1, Math.round(height * image.width / image.height)), height };
  return { x: Math.round((width - part.width) / 2), y: Math.round((height - part.height) / 2), ...part };
}

function place<Kind extends Raster>(
  image: Kind,
  width: number,
  height: number,
  box: Box,
  fill: readonly number[],
): Kind {
  const channels = channelsOf(image);
  const data = Uint8ClampedArray.from({ length: channels * width * height }, (_, i) => fill[i % channels] ?? 0);
  const stride = channels * box.width;
  for (let y = 0; y < box.height; y++) {
    data.set(image.data.subarray(y * stride, (y + 1) * stride), channels * ((box.y + y) * width + box.x));
  }
  return rasterLike(image, width, height, data);
}
