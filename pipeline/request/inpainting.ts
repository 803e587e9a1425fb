/**
 * What inpainting works on: a picture brought to a size that was asked for, or the whole of a picture or the part around its
 * mask, which is put back into it at its own size.
 *
 * @module
 */
import type { ModelInfo } from "../../models/model_info.ts";
import { fillTransparent } from "../images/fill_transparent.ts";
import { type Fit, fit } from "../images/fit.ts";
import { feather, type Mask, maskFilter, maskFromAlpha, maskFromLuminance } from "../images/mask.ts";
import type { Rgba } from "../images/read/read_image.ts";
import { crop } from "../images/regions/crop.ts";
import { maskRegion } from "../images/regions/mask_region.ts";
import { resize } from "../images/resize.ts";
import { askedSize, extended, readPicture, type Size, sizeOf } from "./pictures.ts";
import type { RequestOf } from "./request.ts";
import { InvalidRequestError } from "./request_error.ts";
import type { Asked } from "./schema.ts";

/** AUTOMATIC1111's page and diffusers' examples take so many pixels around a mask along. */
const PADDING = 32;

/** Margins that are added begin with the colours of the picture's edge, so that what is made goes over into it without a seam. */
const EXTENSION_BLUR = 4;

/** What only inpainting has. */
type Inpainting = Pick<RequestOf<"inpainting">, "task" | "width" | "height" | "image" | "mask" | "strength" | "paste">;

/** Reads mask and region. @throws {InvalidRequestError} if nothing is to be made anew, or fields do not go together */
export async function readInpainting(asked: Asked, model: ModelInfo): Promise<Inpainting> {
  checkRegion(asked);
  const source = await readPicture("image", asked.image!);
  const canvas = asked.extend ? extended(source, asked.extend) : source;
  const strength = asked.strength ?? 1;
  const isMasked = asked.region === "masked";
  if (!isMasked && (asked.width ?? asked.height ?? asked.fit) !== undefined) {
    const size = sizeOf(canvas, asked, model);
    const how = asked.fit ?? "cover";
    const { image } = fit(canvas, size.width, size.height, how);
    const mask = await readMask(asked, source, image, how);
    return { task: "inpainting", ...size, image: fillTransparent(image), mask: softened(mask, asked), strength };
  }
  const mask = await readMask(asked, source, canvas, "stretch");
  const image = fillTransparent(canvas);
  const { width, height } = isMasked ? askedSize(asked, model.defaults, model) : sizeOf(canvas, asked, model);
  const box = isMasked
    ? maskRegion(mask, width, height, asked.region_padding ?? PADDING)
    : { x: 0, y: 0, width: canvas.width, height: canvas.height };
  const paste = { image, mask: softened(mask, asked), box };
  if (width === canvas.width && height === canvas.height && box.width === width && box.height === height) {
    return { task: "inpainting", width, height, image, mask: paste.mask, strength };
  }
  const part = resize(crop(image, box), width, height);
  return {
    task: "inpainting",
    width,
    height,
    image: part,
    mask: touched(crop(mask, box), { width, height }),
    strength,
    paste,
  };
}

function checkRegion({ region, region_padding, fit }: Asked): void {
  if (region === "masked" && fit !== undefined) {
    const message = `fit is "${fit}", but with region "masked" there is nothing to fit; leave it out`;
    throw new InvalidRequestError([{ param: "fit", code: "unexpected_parameter", message }]);
  }
  if (region !== "masked" && region_padding !== undefined) {
    const message = `region_padding is ${region_padding}, but region is "whole"; it belongs to region "masked"`;
    throw new InvalidRequestError([{ param: "region_padding", code: "unexpected_parameter", message }]);
  }
}

/** What is transparent and what the mask shows in white; the mask lies over its picture, whatever its own size. */
async function readMask(asked: Asked, source: Rgba, picture: Rgba, how: Fit): Promise<Mask> {
  const transparent = maskFromAlpha(picture);
  const isGiven = asked.mask !== undefined;
  const mask = isGiven ? unite(transparent, await givenMask(asked, source, picture, how)) : transparent;
  if (!mask.data.includes(255)) throw emptyMask(isGiven);
  return mask;
}

async function givenMask(asked: Asked, source: Size, { width, height }: Size, how: Fit): Promise<Mask> {
  const given = await readPicture("mask", asked.mask!);
  const over = resize(given, source.width, source.height, maskFilter(given, source));
  const whole = asked.extend ? extended(over, asked.extend) : over;
  return maskFromLuminance(fit(whole, width, height, how, { filter: maskFilter(whole, { width, height }) }).image);
}

function unite(a: Mask, b: Mask): Mask {
  return { ...a, data: a.data.map((value, pixel) => Math.max(value, b.data[pixel]!)) };
}

/** The mask with a soft edge that lies within it, so that what is kept stays as it is. */
function softened(mask: Mask, { extend, mask_blur: blur = extend ? EXTENSION_BLUR : 0 }: Asked): Mask {
  if (blur === 0) return mask;
  const { data } = feather(mask, blur);
  // A blurred edge is half way up where the mask ends; only the upper half is used.
  return { ...mask, data: data.map((value, pixel) => mask.data[pixel] === 0 ? 0 : Math.max(1, 2 * value - 255)) };
}

/** All pixels of another size on which something is to be made anew: what is put back must hold nothing old. */
function touched(mask: Mask, { width, height }: Size): Mask {
  const resized = resize(mask, width, height, "area");
  return { ...resized, data: resized.data.map((value) => value > 0 ? 255 : 0) };
}

function emptyMask(isGiven: boolean): InvalidRequestError {
  const message = isGiven
    ? "mask is black everywhere; what is to be made anew must be white"
    : "mask is missing, and image has no transparent parts; give a mask that is white where the picture is to be made anew";
  return new InvalidRequestError([{ param: "mask", code: isGiven ? "invalid_value" : "missing_parameter", message }]);
}
