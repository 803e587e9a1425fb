import type { ContentfulStatusCode } from "hono/utils/http-status";
import { InvalidRequestError, type Issue } from "../../../pipeline/request/request_error.ts";
import { tell, toProblem } from "../../answers/problem.ts";

/** A refusal in AUTOMATIC1111's own words, which its clients look for. */
export class A1111Error extends Error {
  override readonly name = "A1111Error";
  readonly status: ContentfulStatusCode;

  /** @param message what AUTOMATIC1111 says, then what would be right */
  constructor(status: ContentfulStatusCode, message: string) {
    super(message);
    this.status = status;
  }
}

/** Their names in requests of AUTOMATIC1111's. */
const NAMES: Readonly<Record<string, string>> = {
  blend: "subseed_strength",
  clip_skip: "override_settings.CLIP_stop_at_last_layers",
  count: "batch_size",
  guidance: "cfg_scale",
  image: "init_images",
  region: "inpaint_full_res",
  region_padding: "inpaint_full_res_padding",
  model: "override_settings.sd_model_checkpoint",
  scheduler: "sampler_name",
  seed_to: "subseed",
  strength: "denoising_strength",
};

/**
 * An error as AUTOMATIC1111 answers it: FastAPI's list of what is wrong with the fields, or its `HTTPException`.
 *
 * @param instance the request's id
 */
export function toA1111Error(error: unknown, instance: string): Response {
  if (error instanceof A1111Error) return exception(error.message, { status: error.status });
  if (error instanceof InvalidRequestError) {
    return Response.json({ detail: error.issues.map(toDetail) }, { status: 422, headers: NO_STORE });
  }
  const told = tell(error);
  if (told.code === "invalid_json") {
    const detail = [{ loc: ["body"], msg: told.message, type: "json_invalid" }];
    return Response.json({ detail }, { status: 422, headers: NO_STORE });
  }
  const { status, headers } = toProblem(error, instance);
  headers.delete("content-type");
  return exception(told.message, { status, headers });
}

const NO_STORE = { "cache-control": "no-store" };

function exception(detail: string, init: ResponseInit): Response {
  return Response.json({ error: "HTTPException", detail, body: "", errors: "" }, init);
}

function toDetail({ param, code, message }: Issue) {
  const name = param === null ? undefined : NAMES[param] ?? param;
  const msg = name !== undefined && message.startsWith(`${param} is `) ? name + message.slice(param!.length) : message;
  return { loc: ["body", ...name?.split(".") ?? []], msg, type: code };
}
