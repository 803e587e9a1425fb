import type { GenerationEvent } from "../../pipeline/generation.ts";
import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import { type Job, jobHeaders, pictureHeaders, toPng } from "./job.ts";
import { MultipartWriter } from "./multipart.ts";

/** While so much of an answer waits to be read, a preview would only be late. */
const UNREAD_BYTES = 64 * 1024;

/** All pictures as parts, each sent when it is done. */
export function answerMixed(job: Job): Promise<Response> {
  return answerParts(job, "multipart/mixed", async (events, writer) => {
    for await (const event of events) {
      if (event.type !== "image") continue;
      writer.begin(pictureHeaders(job, event));
      await writer.body(toPng(job, event));
    }
  });
}

/** Previews, then the pictures, as parts of which each takes the place of the one before. */
export function answerReplacing(job: Job): Promise<Response> {
  return answerParts(job, "multipart/x-mixed-replace", async (events, writer, isRead) => {
    const pictures = replacements(job, events, isRead);
    writer.begin(PNG);
    for await (const { png, isLast } of pictures) {
      await writer.body(png);
      // Chromium shows a part once it has the headers of the next, so these may hold nothing that is not known yet.
      if (!isLast) writer.begin(PNG);
    }
  });
}

const PNG = { "content-type": "image/png" };

async function* replacements(job: Job, events: AsyncIterable<GenerationEvent>, isRead: () => boolean) {
  for await (const event of events) {
    if (event.type === "image") yield { png: toPng(job, event), isLast: event.index === job.request.count - 1 };
    if (event.type === "step" && event.preview && isRead()) {
      const text = job.delivery.metadata === "full" ? { step: `${event.step}/${event.total}` } : {};
      yield { png: encodePng(event.preview, text), isLast: false };
    }
  }
}

async function answerParts(
  job: Job,
  type: string,
  write: (events: AsyncIterable<GenerationEvent>, writer: MultipartWriter, isRead: () => boolean) => Promise<void>,
): Promise<Response> {
  // A status can only be sent before the first byte, so a refusal must have its chance to come.
  const events = await begun(job.events);
  const boundary = crypto.randomUUID(); // 122 random bits: no picture holds them
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller) {
      const writer = new MultipartWriter(boundary, (bytes) => controller.enqueue(bytes));
      await write(events, writer, () => controller.desiredSize! > 0);
      writer.end();
      controller.close();
    },
    cancel: (reason) => job.abort(reason),
  }, new ByteLengthQueuingStrategy({ highWaterMark: UNREAD_BYTES }));
  return new Response(body, {
    headers: { ...jobHeaders(job), "content-type": `${type}; boundary=${boundary}` },
  });
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
