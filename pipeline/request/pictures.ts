/**
 * The pictures of a request: from bytes or base64 to pixels of the size that the task works with.
 *
 * @module
 */
import type { ModelInfo } from "../../models/model_info.ts";
import { type Fit, fit } from "../images/fit.ts";
import { fillTransparent } from "../images/fill_transparent.ts";
import { flatten } from "../images/flatten.ts";
import { feather, type Mask, maskFromAlpha, maskFromLuminance } from "../images/mask.ts";
import type { Pixels } from "../images/pixels.ts";
import { resize } from "../images/resize.ts";
import { ImageError, readImage, type Rgba } from "../images/read/read_image.ts";
import { type TileGrid, tileGrid } from "../tiles/tile_grid.ts";
import { InvalidRequestError, type IssueCode, shown } from "./request_error.ts";
import type { Asked } from "./schema.ts";

/** How much of a picture is made anew if nothing was said. */
const STRENGTH = { "image-to-image": 0.8, "inpainting": 1 } as const;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What such a task has beyond the others. */
type WithPicture =
  & Size
  & { readonly image: Pixels }
  & (
    | { readonly task: "super-resolution"; readonly tiles: TileGrid }
    | { readonly task: "image-to-image"; readonly strength: number }
    | { readonly task: "inpainting"; readonly strength: number; readonly mask: Mask }
  );

/** The fields that a task with a picture has beyond the others; every picture is decoded and of its final size. */
export async function readPictures(
  task: "image-to-image" | "inpainting" | "super-resolution",
  asked: Asked,
  model: ModelInfo,
): Promise<WithPicture> {
  const source = await readPicture("image", asked.image!);
  if (task === "super-resolution") {
    const [width, height] = [source.width, source.height].map((side) => side * model.upscaling!);
    return { task, image: flatten(source), width: width!, height: height!, tiles: tileGrid(width!, height!, model) };
  }
  const canvas = asked.extend ? extended(source, asked.extend) : source;
  const size = sizeOf(canvas, asked, model);
  const how = asked.fit ?? "cover";
  const { image: fitted } = fit(canvas, size.width, size.height, how);
  const strength = asked.strength ?? STRENGTH[task];
  if (task === "image-to-image") return { task, ...size, image: flatten(fitted), strength };

  const transparent = maskFromAlpha(fitted);
  const mask = asked.mask ? unite(transparent, await readMask(asked, source, size, how)) : transparent;
  if (!mask.data.includes(255)) throw emptyMask(asked.mask !== undefined);
  return { task, ...size, image: fillTransparent(fitted), mask: softened(mask, asked.mask_blur ?? 0), strength };
}

/** The mask with a soft edge that lies within it, so that what is kept stays as it is. */
function softened(mask: Mask, blur: number): Mask {
  if (blur === 0) return mask;
  const { data } = feather(mask, blur);
  // A blurred edge is half way up where the mask ends; only the upper half is used.
  return { ...mask, data: data.map((value, pixel) => mask.data[pixel] === 0 ? 0 : Math.max(1, 2 * value - 255)) };
}

/** A mask lies over its picture, whatever its own size, and goes the same way. */
async function readMask(asked: Asked, source: Rgba, { width, height }: Size, how: Fit): Promise<Mask> {
  const given = resize(await readPicture("mask", asked.mask!), source.width, source.height);
  return maskFromLuminance(fit(asked.extend ? extended(given, asked.extend) : given, width, height, how).image);
}

function unite(a: Mask, b: Mask): Mask {
  return { ...a, data: a.data.map((value, pixel) => Math.max(value, b.data[pixel]!)) };
}

function emptyMask(isGiven: boolean): InvalidRequestError {
  const message = isGiven
    ? "mask is black everywhere; what is to be made anew must be white"
    : "mask is missing, and image has no transparent parts; give a mask that is white where the picture is to be made anew";
  return new InvalidRequestError([{ param: "mask", code: isGiven ? "invalid_value" : "missing_parameter", message }]);
}

/** Decodes one picture of a request. @throws {InvalidRequestError} if it cannot be taken */
export async function readPicture(field: "image" | "mask", value: string | Uint8Array): Promise<Rgba> {
  try {
    return await readImage(typeof value === "string" ? fromBase64(field, value) : value);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw refusal(field, error.code, `${field} ${error.message}`);
  }
}

function fromBase64(field: string, value: string): Uint8Array {
  if (/^(https?|ftp|file):/i.test(value)) {
    const message = `${field} is ${shown(value)}; pictures are not fetched, send it in base64 or as a data: URL`;
    throw refusal(field, "url_not_supported", message);
  }
  const [, data = value] = /^data:[^,]*;base64,(.*)$/is.exec(value) ?? [];
  try {
    return Uint8Array.fromBase64(data);
  } catch {
    throw refusal(field, "invalid_image", `${field} is ${shown(value)}; it must be a picture in base64 or a data: URL`);
  }
}

function refusal(param: string, code: IssueCode, message: string): InvalidRequestError {
  return new InvalidRequestError([{ param, code, message }]);
}

/** The picture in the middle of transparent margins. */
function extended(picture: Rgba, [left, top, right, bottom]: readonly [number, number, number, number]): Rgba {
  const [width, height] = [left + picture.width + right, top + picture.height + bottom];
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < picture.height; y++) {
    const row = picture.data.subarray(4 * y * picture.width, 4 * (y + 1) * picture.width);
    data.set(row, 4 * ((y + top) * width + left));
  }
  return { width, height, data };
}

/** The size that was asked for, or the picture's own, in steps that the model makes and no more pixels than it was trained with. */
function sizeOf(
  picture: Rgba,
  asked: Asked,
  { defaults, size, sizeMultiple }: ModelInfo,
): Size {
  const most = defaults.width * defaults.height;
  const isExact = asked.extend && picture.width % sizeMultiple === 0 && picture.height % sizeMultiple === 0;
  const scale = isExact ? 1 : Math.min(1, Math.sqrt(most / (picture.width * picture.height)));
  const side = (pixels: number) => {
    const rounded = Math.round(pixels * scale / sizeMultiple) * sizeMultiple;
    return Math.min(size.max, Math.max(size.min, rounded));
  };
  return { width: asked.width ?? side(picture.width), height: asked.height ?? side(picture.height) };
}
