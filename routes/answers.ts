/**
 * From a job's events to an answer, in each of the formats.
 *
 * @module
 */
import type { ModelInfo } from "../models/model_info.ts";
import type { GenerationEvent, Timings } from "../pipeline/generation.ts";
import type { Pixels } from "../pipeline/images/pixels.ts";
import { encodePng } from "../pipeline/images/png_encode.ts";
import { pictureText } from "../pipeline/picture_text.ts";
import type { Delivery, GenerationRequest } from "../pipeline/request.ts";
import { MultipartWriter, type Part } from "./multipart.ts";
import type { Format } from "./negotiation.ts";

/** A request that is being worked on. */
export interface Job {
  readonly request: GenerationRequest;
  readonly model: ModelInfo;
  readonly delivery: Delivery;
  readonly version: string;
  /** What happens; answers always take it to its end at the job's own pace, so no slow reader holds the device. */
  readonly events: AsyncIterable<GenerationEvent>;
  /** Ends the job; called when the reader of an answer that has begun goes away. */
  readonly abort: (reason: unknown) => void;
}

/** While so much of an answer waits to be read, a preview would only be late. */
const UNREAD_BYTES = 64 * 1024;

type Picture = Extract<GenerationEvent, { type: "image" }>;

/** The writers of each format. */
export const ANSWERS = {
  "image/png": answerPng,
  "application/json": answerJson,
  "multipart/mixed": (job: Job) => answerMultipart(job, "multipart/mixed"),
  "multipart/x-mixed-replace": (job: Job) => answerMultipart(job, "multipart/x-mixed-replace"),
} as const satisfies Readonly<Record<Format, (job: Job) => Promise<Response>>>;

async function answerPng(job: Job): Promise<Response> {
  const { pictures: [picture], notices } = await finish(job);
  const { headers, body } = toPart(job, picture!);
  return new Response(body, { headers: { ...headers, ...noticeHeader(notices) } });
}

async function answerJson(job: Job): Promise<Response> {
  const { pictures, notices } = await finish(job);
  const { latents: _, ...request } = job.request;
  const images = await Promise.all(pictures.map(async (picture) => ({
    index: picture.index,
    seed: picture.seed,
    png: (await new Response(toPart(job, picture).body).bytes()).toBase64(),
  })));
  return Response.json({
    request,
    model_hash: job.model.hash,
    images,
    timings: pictures.at(-1)!.timings,
    notices,
  }, { headers: { "cache-control": "no-store" } });
}

async function finish({ events }: Job): Promise<{ readonly pictures: Picture[]; readonly notices: string[] }> {
  const pictures: Picture[] = [];
  const notices: string[] = [];
  for await (const event of events) {
    if (event.type === "image") pictures.push(event);
    if (event.type === "notice") notices.push(event.message);
  }
  return { pictures, notices };
}

async function answerMultipart(job: Job, type: Format): Promise<Response> {
  // A status can only be sent before the first byte, so a refusal must have its chance to come.
  const events = await begun(job.events);
  const boundary = crypto.randomUUID(); // 122 random bits: no picture holds them
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => void writeParts(job, events, boundary, controller),
    cancel: (reason) => job.abort(reason),
  }, new ByteLengthQueuingStrategy({ highWaterMark: UNREAD_BYTES }));
  return new Response(body, {
    headers: { "content-type": `${type}; boundary=${boundary}`, "cache-control": "no-store" },
  });
}

async function writeParts(
  job: Job,
  events: AsyncIterable<GenerationEvent>,
  boundary: string,
  controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const writer = new MultipartWriter(boundary, (bytes) => controller.enqueue(bytes));
  try {
    writer.start();
    for await (const event of events) {
      if (event.type === "image") await writer.part(toPart(job, event));
      if (event.type === "step" && event.preview && controller.desiredSize! > 0) {
        await writer.part(toPreview(event.step, event.total, event.preview));
      }
    }
    writer.end();
    controller.close();
  } catch (error) {
    // This cuts the connection: a broken answer must not look like a finished one.
    controller.error(error);
  }
}

function toPreview(step: number, total: number, preview: Pixels): Part {
  return {
    headers: { "content-type": "image/png", "x-latentd-step": `${step}/${total}` },
    body: encodePng(preview),
  };
}

function toPart({ request, model, delivery, version }: Job, { index, seed, image, timings }: Picture): Part {
  const text = delivery.metadata === "full" ? pictureText(request, model, seed, version) : {};
  return {
    headers: {
      "content-type": "image/png",
      "content-disposition": `inline; filename="latentd-${seed}.png"`,
      "cache-control": "no-store",
      "server-timing": serverTiming(timings),
      "x-latentd-index": String(index),
      "x-latentd-model": model.name,
      "x-latentd-model-hash": model.hash,
      "x-latentd-seed": String(seed),
    },
    body: encodePng(image, text),
  };
}

function serverTiming(timings: Timings): string {
  return Object.entries(timings).map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`).join(", ");
}

/** Headers hold ASCII only; the JSON answer has the notices as they are. */
function noticeHeader(notices: readonly string[]): Record<string, string> {
  return notices.length === 0 ? {} : { "x-latentd-notice": notices.join("; ").replace(/[^ -~]/g, "?") };
}

/** Waits for the first event, and gives all of them. */
async function begun<T>(events: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = events[Symbol.asyncIterator]();
  const first = await iterator.next();
  return async function* () {
    if (first.done) return;
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }();
}
