import { z } from "@hono/zod-openapi";
import type { ModelInfo } from "../../../models/model_info.ts";
import { InvalidRequestError } from "../../../pipeline/request/request_error.ts";
import { schemaIssues } from "../../../pipeline/request/request_issues.ts";
import type { BodyLimits } from "../../bodies/body_chunks.ts";
import { onlyValues, readMultipart } from "../../bodies/multipart_body.ts";
import { severalPictures } from "./one_value.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A body's fields, each of the right type. @throws {InvalidRequestError} with everything that is wrong */
export function readFields<Schema extends z.ZodObject>(
  schema: Schema,
  body: unknown,
  models: readonly ModelInfo[],
): z.output<Schema> {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(schemaIssues(parsed.error, Object.keys(schema.shape), models));
}

/**
 * A form as a body: what reads as a number or truth value becomes one where the schema wants one, and an
 * empty text stands for null except in prompts.
 *
 * @throws {ProblemError | InvalidRequestError} if it is no form, or has several pictures
 */
export async function readFormBody(
  { shape }: z.ZodObject,
  request: Request,
  limits: BodyLimits,
): Promise<Record<string, unknown>> {
  const form = new Map(await readMultipart(request, limits, ["image", "image[]", "mask"]));
  const images = [...form.get("image") ?? [], ...form.get("image[]") ?? []];
  if (images.length > 1) {
    const message = severalPictures("image", images.length);
    throw new InvalidRequestError([{ param: "image", code: "invalid_value", message }]);
  }
  form.delete("image[]");
  if (images.length === 1) form.set("image", images);
  return Object.fromEntries(
    Object.entries(onlyValues(form)).map(([name, value]) => [
      name,
      typeof value === "string" && Object.hasOwn(shape, name) ? fromText(innermost(shape[name]), name, value) : value,
    ]),
  );
}

function fromText(field: unknown, name: string, text: string): unknown {
  if (text === "" && !name.endsWith("prompt")) return null;
  if (field instanceof z.ZodNumber) return NUMBER.test(text) ? Number(text) : text;
  if (field instanceof z.ZodBoolean) return text === "true" ? true : text === "false" ? false : text;
  return text;
}

function innermost(field: unknown): unknown {
  return field instanceof z.ZodOptional || field instanceof z.ZodNullable ? innermost(field.unwrap()) : field;
}
