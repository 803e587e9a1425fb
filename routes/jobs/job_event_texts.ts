import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import type { JobEvent } from "../../pipeline/jobs/job.ts";
import { eventText } from "../answers/event_stream.ts";
import { imageUrlOf, toProblemOf } from "./job_json.ts";

/** A job's events as texts of server-sent ones, each with its number as `id`, by which a reader who comes back goes on. */
export async function* jobEventTexts(id: string, events: AsyncIterable<JobEvent>): AsyncGenerator<string> {
  yield "retry: 2000\n\n";
  for await (const event of events) {
    yield eventText({ id: event.id, event: event.type }, await toData(id, event));
  }
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
