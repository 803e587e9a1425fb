import { z } from "@hono/zod-openapi";
import { InvalidRequestError, type Issue } from "../../../pipeline/request/request_error.ts";

const side = () => z.int("must be a whole number of pixels").positive("must be a whole number of pixels").nullish();
const share = () => z.number("must be a number").nullish();

/** The body of `POST /sdapi/v1/extra-single-image`. */
export const ExtraSchema = z.object({
  image: z.string("must be a picture in base64"),
  resize_mode: z.union([z.literal(0), z.literal(1)], "must be 0 or 1").nullish().meta({
    description: "0 makes it upscaling_resize times larger, 1 upscaling_resize_w by upscaling_resize_h",
  }),
  upscaling_resize: z.number("must be a number above 0, at most 8").positive("must be a number above 0, at most 8")
    .max(8, "must be a number above 0, at most 8").nullish().meta({ description: "2 if absent" }),
  upscaling_resize_w: side().meta({ description: "512 if absent" }),
  upscaling_resize_h: side(),
  upscaling_crop: z.boolean("must be true or false").nullish().meta({ description: "Whether to cut; true if absent" }),
  upscaler_1: z.string("must be text").nullish().meta({ description: "See `/sdapi/v1/upscalers`; None if absent" }),
  upscaler_2: z.string("must be text").nullish(),
  extras_upscaler_2_visibility: share(),
  gfpgan_visibility: share(),
  codeformer_visibility: share(),
}, "must be an object").meta({ id: "A1111Extra" });

/** What is asked of `extra-single-image`. */
export type ExtraFields = z.output<typeof ExtraSchema>;

/** Refuses what cannot be honoured, where it is switched on. @throws {InvalidRequestError} */
export function checkExtra(fields: ExtraFields): void {
  const names = ["extras_upscaler_2_visibility", "gfpgan_visibility", "codeformer_visibility"] as const;
  const issues = names.filter((name) => (fields[name] ?? 0) !== 0).map((param): Issue => ({
    param,
    code: "unexpected_parameter",
    message: `${param} is ${fields[param]}; it must be 0, for there is no such step`,
  }));
  if (issues.length > 0) throw new InvalidRequestError(issues);
}
