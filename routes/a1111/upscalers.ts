import type { ModelInfo } from "../../models/model_info.ts";
import { fit } from "../../pipeline/images/fit.ts";
import type { Raster } from "../../pipeline/images/raster.ts";
import { type Filter, resize } from "../../pipeline/images/resize.ts";
import { InvalidRequestError, type Issue } from "../../pipeline/request/request_error.ts";
import { A1111Error } from "./answers/a1111_error.ts";
import type { ExtraFields } from "./request/extra_fields.ts";

/** Upscalers that are no models: filters, and none at all, which leaves the picture as it is. */
export const UPSCALERS: Readonly<Record<string, Filter | undefined>> = {
  None: undefined,
  Lanczos: "lanczos",
  Bicubic: "bicubic",
  Bilinear: "bilinear",
};

/** Most pixels of a result: filters work without a pause, while others wait. */
const MOST_PIXELS = 2 ** 22;

/** The upscaler that was asked for: a model, or a filter's name. @throws {A1111Error} if there is none */
export function findUpscaler(name: string, models: readonly ModelInfo[]): ModelInfo | string {
  const found = models.find((model) => model.upscaling !== undefined && model.name === name) ??
    Object.keys(UPSCALERS).find((own) => own === name);
  if (found) return found;
  throw new A1111Error(404, `Upscaler not found: ${name}; see /sdapi/v1/upscalers`);
}

/** A picture's final size, and whether what is too much is cut off. */
export interface Target {
  readonly width: number;
  readonly height: number;
  readonly crop: boolean;
}

/** The size that a picture is to have, and whether what is too much is cut off. @throws {InvalidRequestError} */
export function targetOf(fields: ExtraFields, { width, height }: Raster): Target {
  const target = fields.resize_mode === 1
    ? sized(fields, width, height)
    : { ...scaled(width, height, fields.upscaling_resize ?? 2), crop: false };
  if (target.width * target.height > MOST_PIXELS) {
    const param = fields.resize_mode === 1 ? "upscaling_resize_w" : "upscaling_resize";
    const message = `${param} makes ${target.width}x${target.height}; it must make at most ${MOST_PIXELS} pixels`;
    const issue: Issue = { param, code: "image_too_large", message };
    throw new InvalidRequestError([issue]);
  }
  return target;
}

/** Brings a picture to its final size. */
export function toTarget<Kind extends Raster>(
  image: Kind,
  { width, height, crop }: Target,
  filter: Filter,
): Kind {
  return crop ? fit(image, width, height, "cover", { filter }).image : resize(image, width, height, filter);
}

function sized({ upscaling_resize_w, upscaling_resize_h, upscaling_crop }: ExtraFields, width: number, height: number) {
  const [w, h] = [upscaling_resize_w ?? 512, upscaling_resize_h ?? 512];
  if (upscaling_crop ?? true) return { width: w, height: h, crop: true };
  return { ...scaled(width, height, Math.max(w / width, h / height)), crop: false };
}

function scaled(width: number, height: number, by: number) {
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
}
