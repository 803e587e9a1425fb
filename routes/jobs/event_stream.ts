import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import type { JobEvent } from "../../pipeline/jobs/job.ts";
import { imageUrlOf, toProblemOf } from "./job_json.ts";

/** Milliseconds of silence after which a comment keeps proxies from giving up. */
export const KEEP_ALIVE = 15_000;

/**
 * A job's events as server-sent events (HTML, section 9.2), each with its number as `id`; closes after the last.
 *
 * @param id the job's
 * @param keepAlive milliseconds between comments while nothing happens
 */
export function eventStream(
  id: string,
  events: AsyncIterator<JobEvent>,
  keepAlive = KEEP_ALIVE,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<JobEvent>> | undefined;
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode("retry: 2000\n\n")),
    async pull(controller) {
      next ??= events.next();
      const silence = Promise.withResolvers<"silence">();
      const timer = setTimeout(silence.resolve, keepAlive, "silence");
      const found = await Promise.race([next, silence.promise]);
      clearTimeout(timer);
      if (found === "silence") return controller.enqueue(encoder.encode(": still there\n\n"));
      next = undefined;
      if (found.done) return controller.close();
      controller.enqueue(encoder.encode(await toText(id, found.value)));
    },
    cancel: () => void events.return?.(),
  }, { highWaterMark: 0 });
}

async function toText(job: string, event: JobEvent): Promise<string> {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(await toData(job, event))}\n\n`;
}

/** What of an event is data; its number stands beside. */
async function toData(job: string, { id: _, ...event }: JobEvent): Promise<Record<string, unknown>> {
  switch (event.type) {
    case "preview": {
      const { preview, ...rest } = event;
      return { ...rest, png: (await new Response(encodePng(preview)).bytes()).toBase64() };
    }
    case "image":
      return { ...event, url: imageUrlOf(job, event.index) };
    case "end": {
      const { failure, ...rest } = event;
      return { ...rest, error: failure ? toProblemOf(job, failure) : null };
    }
    default:
      return event;
  }
}
