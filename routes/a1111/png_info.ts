import { z } from "@hono/zod-openapi";
import { ImageError } from "../../pipeline/images/read/read_image.ts";
import { parseParameters, readPictureInfo } from "../../pipeline/images/read/picture_info.ts";
import { A1111Error } from "./answers/a1111_error.ts";
import { pictureBytes } from "./request/picture_bytes.ts";

/** The body of `POST /sdapi/v1/png-info`. */
export const PngInfoSchema = z.object({ image: z.string("must be a picture in base64") }, "must be an object")
  .meta({ id: "A1111PngInfo" });

/** The answer of `POST /sdapi/v1/png-info`. @throws {A1111Error} if there is no picture to read */
export function pngInfo({ image }: z.output<typeof PngInfoSchema>): Readonly<Record<string, unknown>> {
  const { parameters = "", ...items } = Object.fromEntries(textsOf(pictureBytes("image", image)));
  return { info: parameters, items, parameters: parameters === "" ? {} : parsed(parameters) };
}

function textsOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  try {
    return readPictureInfo(bytes);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new A1111Error(422, `Invalid encoded image; image ${error.message}`);
  }
}

/** As AUTOMATIC1111 tells them (`parse_generation_parameters`, modules/infotext_utils.py). */
function parsed(text: string): Readonly<Record<string, string>> {
  const { prompt, negativePrompt, fields } = parseParameters(text);
  const [, width, height] = /^(\d+)x(\d+)$/.exec(fields.get("Size") ?? "") ?? [];
  const { Size: _, ...others } = Object.fromEntries(fields);
  return {
    Prompt: prompt,
    "Negative prompt": negativePrompt,
    ...others,
    ...(width !== undefined && { "Size-1": width, "Size-2": height! }),
  };
}
