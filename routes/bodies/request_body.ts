import { z } from "@hono/zod-openapi";
import { fromText } from "../../pipeline/request/request_text.ts";
import { RequestSchema } from "../../pipeline/request/schema.ts";
import type { BodyLimits } from "./body_chunks.ts";
import { checkContentType, contentType } from "./content_type.ts";
import { readJson } from "./json_body.ts";
import { onlyValues, readMultipart } from "./multipart_body.ts";

const file = z.string().meta({ format: "binary" });

/** A request as a form. */
export const FormSchema = RequestSchema.extend({ image: file.optional(), mask: file.optional() })
  .meta({ id: "GenerationForm", description: "The same as fields of a form, with pictures as files" });

/**
 * Reads a request as JSON or as a form with files, unchecked.
 *
 * @param numeric names of further fields that hold numbers, which forms have as text
 * @throws {ProblemError} that says what is wrong with the body
 */
export async function readRequestBody(
  request: Request,
  limits: BodyLimits,
  numeric: readonly string[] = [],
): Promise<unknown> {
  checkContentType(request.headers, "application/json", "multipart/form-data");
  if (contentType(request.headers).name === "application/json") return await readJson(request, limits);
  const fields = onlyValues(await readMultipart(request, limits, ["image", "mask"]));
  const text = Object.entries(fields).filter((field): field is [string, string] => typeof field[1] === "string");
  const numbers = text.filter(([name, value]) => numeric.includes(name) && /^\d+(\.\d+)?$/.test(value));
  return {
    ...fields,
    ...fromText(Object.fromEntries(text)),
    ...Object.fromEntries(numbers.map(([name, value]) => [name, Number(value)])),
  };
}
