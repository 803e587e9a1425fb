import type { Problem } from "../../answers/problem.ts";
import { EVENT_STREAM_HEADERS, eventStream, eventText } from "../../answers/event_stream.ts";
import { jobHeaders } from "../../answers/job.ts";
import { aboutPictures, fileOf, type ImagesJob, seconds } from "./images_job.ts";
import { usageOf } from "./usage.ts";

/** What events of a stream are called before the dot. */
export type EventKind = "image_generation" | "image_edit";

/** How a stream is sent. */
export interface StreamOptions {
  readonly kind: EventKind;
  /** Milliseconds between signs of life. */
  readonly keepAlive: number | undefined;
  /** What a client is told of a failure. */
  readonly tell: (error: unknown) => Problem;
}

/** Partial pictures, then the pictures, as server-sent events; a failure that comes after the headers is an event, too. */
export async function streamImages(job: ImagesJob, { kind, keepAlive, tell }: StreamOptions): Promise<Response> {
  const events = await entered(job.events);
  const texts = toTexts({ ...job, events }, kind, tell);
  const stream = eventStream(texts, keepAlive, job.abort);
  return new Response(stream, { headers: { ...jobHeaders(job), ...EVENT_STREAM_HEADERS } });
}

async function* toTexts(job: ImagesJob, kind: EventKind, tell: StreamOptions["tell"]): AsyncGenerator<string> {
  yield ": accepted\n\n"; // a job may wait for long, and proxies for no first byte
  const partials = new Map<number, number>();
  try {
    for await (const event of job.events) {
      if (event.type === "step" && event.preview) {
        const index = event.images[0]!;
        const partial = partials.get(index) ?? 0;
        partials.set(index, partial + 1);
        const b64_json = (await fileOf(job, event.preview)).toBase64();
        yield toText(job, `${kind}.partial_image`, { b64_json, partial_image_index: partial, index });
      }
      if (event.type === "image") {
        const { index, seed } = event;
        const { output_tokens_details: _, ...usage } = usageOf(job.request, job.model, 1);
        const b64_json = (await fileOf(job, event.image, seed)).toBase64();
        yield toText(job, `${kind}.completed`, { b64_json, usage, index, seed });
      }
    }
  } catch (error) {
    yield eventText({ event: "error" }, tell(error));
  }
}

function toText(job: ImagesJob, type: string, data: Readonly<Record<string, unknown>>): string {
  return eventText({ event: type }, { type, created_at: seconds(), ...aboutPictures(job), ...data });
}

/** Waits until a job has had its chance to be refused, which it is at once or never; what it waits for may take long. */
async function entered<T>(events: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = events[Symbol.asyncIterator]();
  const first = iterator.next();
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve))]);
  return async function* () {
    for (let next = await first; !next.done; next = await iterator.next()) yield next.value;
  }();
}
