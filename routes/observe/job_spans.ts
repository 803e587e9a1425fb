import { type Attributes, type Context, type Span, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import type { GenerationEvent, Timings } from "../../pipeline/generation.ts";
import type { ActiveJob } from "../../pipeline/jobs/active_job.ts";
import type { JobNotice } from "../../pipeline/jobs/job_watch.ts";

/** The spans of one job. The stages ran in another thread, which tells how long they took; so theirs are made afterwards. */
export class JobSpans {
  /** Where spans that belong to the job go. */
  readonly context: Context;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #accepted = Date.now();
  /** Where the last stage ended, milliseconds since 1970. */
  #mark = this.#accepted;
  /** Where the steps under way began. */
  #steps: number | undefined;
  #before: Timings = { text: 0, denoise: 0, decode: 0 };

  /** @param parent that of the call which brought the job */
  constructor(tracer: Tracer, { accepted }: ActiveJob, parent: Context) {
    const { id, dialect, request: { model, task, width, height, steps, count } } = accepted;
    const attributes = {
      "latentd.job.id": id,
      "latentd.dialect": dialect,
      "latentd.task": task,
      "latentd.size": `${width}x${height}`,
      "latentd.steps": steps,
      "gen_ai.request.model": model,
      "gen_ai.request.choice.count": count,
    };
    this.#tracer = tracer;
    this.#span = tracer.startSpan("job", { attributes }, parent);
    this.context = trace.setSpan(parent, this.#span);
  }

  /** Notes what becomes of the job. */
  take(notice: JobNotice): void {
    switch (notice.type) {
      case "started":
        return this.#stage("wait", this.#accepted, Date.now());
      case "event":
        if (notice.event.type !== "notice") this.#progress(notice.event);
        return;
      case "suspended":
        return this.#end("suspended");
      case "ended":
        return this.#end(notice.job.state, notice.job.failure?.code);
    }
  }

  #progress(event: Exclude<GenerationEvent, { type: "notice" }>): void {
    const now = Date.now();
    const { text, denoise, decode } = this.#before;
    this.#before = event.timings;
    if (event.timings.text > text) this.#stage("text", this.#mark, this.#mark + event.timings.text - text);
    if (event.type === "image") {
      return this.#stage("decode", this.#mark, now, { "latentd.picture": event.index });
    }
    this.#steps ??= Math.max(this.#mark, now - (event.timings.denoise - denoise) - (event.timings.decode - decode));
    if (event.step < event.total) return;
    this.#stage("denoise", this.#steps, now, { "latentd.pictures": event.images.length });
    this.#steps = undefined;
  }

  #stage(name: string, start: number, end: number, attributes: Attributes = {}): void {
    this.#tracer.startSpan(name, { startTime: start, attributes }, this.context).end(end);
    this.#mark = end;
  }

  #end(outcome: string, failure?: string): void {
    if (this.#steps !== undefined) this.#stage("denoise", this.#steps, Date.now());
    this.#span.setAttribute("latentd.outcome", outcome);
    if (failure !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    this.#span.end();
  }
}
