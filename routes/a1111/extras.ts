import type { ModelInfo } from "../../models/model_info.ts";
import { flatten } from "../../pipeline/images/flatten.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import { readPicture } from "../../pipeline/request/pictures.ts";
import type { Body } from "./request/to_request.ts";
import { checkExtra, type ExtraFields } from "./request/extra_fields.ts";
import { pictureBytes } from "./request/picture_bytes.ts";
import { previewBase64 } from "./answers/progress.ts";
import { findUpscaler, targetOf, toTarget, UPSCALERS } from "./upscalers.ts";

/**
 * The answer of `POST /sdapi/v1/extra-single-image`: a model's super-resolution, then Lanczos to the size that was asked
 * for; or a filter alone.
 *
 * @param generate makes the one picture of a request
 * @throws {A1111Error | InvalidRequestError}
 */
export async function upscaled(
  fields: ExtraFields,
  models: readonly ModelInfo[],
  generate: (body: Body) => Promise<Pixels>,
): Promise<{ readonly html_info: string; readonly image: string }> {
  checkExtra(fields);
  const upscaler = findUpscaler(fields.upscaler_1 ?? "None", models);
  const bytes = pictureBytes("image", fields.image);
  const picture = flatten(await readPicture("image", bytes));
  const target = targetOf(fields, picture);
  if (typeof upscaler === "string") {
    const filter = UPSCALERS[upscaler];
    return toJson(filter ? toTarget(picture, target, filter) : picture);
  }
  const large = await generate({ task: "super-resolution", model: upscaler.name, image: bytes });
  return toJson(toTarget(large, target, "lanczos"));
}

async function toJson(picture: Pixels) {
  return { html_info: "", image: await previewBase64(picture) };
}
