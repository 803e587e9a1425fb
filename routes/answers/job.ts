import type { ModelInfo } from "../../models/model_info.ts";
import type { GenerationEvent, Timings } from "../../pipeline/generation.ts";
import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import { pictureText } from "../../pipeline/picture_text.ts";
import { type EncodeWatch, timeStream } from "../observe/time_stream.ts";
import type { Delivery, GenerationRequest } from "../../pipeline/request/request.ts";

/** A request that is being worked on. */
export interface Job {
  readonly request: GenerationRequest;
  readonly model: ModelInfo;
  readonly delivery: Delivery;
  readonly version: string;
  /** What happens; answers take it to its end at the job's own pace, so that no slow reader holds the device. */
  readonly events: AsyncIterable<GenerationEvent>;
  /** Ends the job; called when the reader of an answer that has begun goes away. */
  readonly abort: (reason: unknown) => void;
  /** Told of pictures' files. */
  readonly onEncode?: EncodeWatch | undefined;
}

/** A picture of a job. */
export type Picture = Extract<GenerationEvent, { type: "image" }>;

/** The picture's file, with what made it written into it unless that is unwanted. */
export function toPng(
  { request, model, delivery, version, onEncode }: Pick<
    Job,
    "request" | "model" | "delivery" | "version" | "onEncode"
  >,
  { image, seed }: Picture,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const text = delivery.metadata === "full" ? pictureText(request, model, seed, version) : {};
  return timeStream(encodePng(image, text), onEncode);
}

/** Headers that are known before there is any picture. */
export function jobHeaders({ request, model }: Pick<Job, "request" | "model">): Readonly<Record<string, string>> {
  return {
    "cache-control": "no-store",
    "x-latentd-model": model.name,
    "x-latentd-model-hash": model.hash,
    "x-latentd-seed": String(request.seed),
  };
}

/** Headers of one picture, of an answer or of a part. */
export function pictureHeaders(job: Job, { index, seed, timings }: Picture): Readonly<Record<string, string>> {
  return {
    ...jobHeaders(job),
    "content-type": "image/png",
    "content-disposition": `inline; filename="latentd-${seed}.png"`,
    "server-timing": serverTiming(timings),
    "x-latentd-index": String(index),
    "x-latentd-seed": String(seed),
  };
}

/** What is worth knowing. Headers hold ASCII only; JSON answers have the notices as they are. */
export function noticeHeader(notices: readonly string[]): Readonly<Record<string, string>> {
  return notices.length === 0 ? {} : { "x-latentd-notice": notices.join("; ").replace(/[^ -~]/g, "?") };
}

/** W3C Server Timing: milliseconds of each stage. */
function serverTiming(timings: Timings): string {
  return Object.entries(timings).map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`).join(", ");
}
