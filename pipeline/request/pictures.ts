/**
 * The pictures of a request: from bytes or base64 to pixels of the size that the task works with.
 *
 * @module
 */
import type { ModelInfo } from "../../models/model_info.ts";
import { fit } from "../images/fit.ts";
import { flatten } from "../images/flatten.ts";
import type { Pixels } from "../images/pixels.ts";
import { ImageError, readImage, type Rgba } from "../images/read/read_image.ts";
import { type TileGrid, tileGrid } from "../tiles/tile_grid.ts";
import { sizeIssues } from "./request_issues.ts";
import { InvalidRequestError, type IssueCode, shown } from "./request_error.ts";
import type { Asked } from "./schema.ts";

/** How much of a picture is made anew by image-to-image if nothing was said. */
const STRENGTH = 0.8;

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What such a task has beyond the others. */
type WithPicture =
  & Size
  & { readonly image: Pixels }
  & (
    | { readonly task: "super-resolution"; readonly tiles: TileGrid; readonly back_projection: number }
    | { readonly task: "image-to-image"; readonly strength: number }
  );

/** The fields that a task with nothing but a picture has beyond the others; it is decoded and of its final size. */
export async function readPictures(
  task: WithPicture["task"],
  asked: Asked,
  model: ModelInfo,
): Promise<WithPicture> {
  const source = await readPicture("image", asked.image!);
  if (task === "super-resolution") {
    const [width, height] = [source.width, source.height].map((side) => side * model.upscaling!);
    const { back_projection = model.defaults.back_projection ?? 0 } = asked;
    const tiles = tileGrid(width!, height!, model);
    return { task, image: flatten(source), width: width!, height: height!, tiles, back_projection };
  }
  const size = sizeOf(source, asked, model);
  const { image } = fit(source, size.width, size.height, asked.fit ?? "cover");
  return { task, ...size, image: flatten(image), strength: asked.strength ?? STRENGTH };
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
export function extended(picture: Rgba, [left, top, right, bottom]: readonly [number, number, number, number]): Rgba {
  const [width, height] = [left + picture.width + right, top + picture.height + bottom];
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < picture.height; y++) {
    const row = picture.data.subarray(4 * y * picture.width, 4 * (y + 1) * picture.width);
    data.set(row, 4 * ((y + top) * width + left));
  }
  return { width, height, data };
}

/** The size that was asked for, or the picture's own, in steps that the model makes and no more pixels than it was trained with. */
export function sizeOf(picture: Size, asked: Asked, model: ModelInfo): Size {
  const { defaults, size, sizeMultiple } = model;
  const most = defaults.width * defaults.height;
  const isExact = asked.extend && picture.width % sizeMultiple === 0 && picture.height % sizeMultiple === 0;
  const scale = isExact ? 1 : Math.min(1, Math.sqrt(most / (picture.width * picture.height)));
  const side = (pixels: number) => {
    const rounded = Math.round(pixels * scale / sizeMultiple) * sizeMultiple;
    return Math.min(size.max, Math.max(size.min, rounded));
  };
  return askedSize(asked, { width: side(picture.width), height: side(picture.height) }, model);
}

/** The size that was asked for; checked before a picture is brought to it. @throws {InvalidRequestError} */
export function askedSize(asked: Asked, absent: Size, model: ModelInfo): Size {
  const size = { width: asked.width ?? absent.width, height: asked.height ?? absent.height };
  const issues = sizeIssues(size, model);
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return size;
}
