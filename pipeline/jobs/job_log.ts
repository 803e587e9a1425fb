import type { JobEvent, JobNews } from "./job.ts";

/** More events than a job has while it waits once or runs once. */
const EVENTS_AT_MOST = 1_000_000;

/**
 * The number of the first event in a part of a job's life, greater than all of the parts before.
 *
 * @param runs how often the job was begun before
 */
export function firstEvent(part: "waiting" | "running", runs: number): number {
  return (2 * runs + Number(part === "running")) * EVENTS_AT_MOST + 1;
}

/** One job's events, kept for readers that come late; of its previews only the newest. */
export class JobLog {
  #events: JobEvent[] = [];
  #next = 1;
  #closed = false;
  #news = Promise.withResolvers<void>();

  /** Continues with the numbers of this part of the job's life. */
  begin(part: "waiting" | "running", runs: number): void {
    this.#next = firstEvent(part, runs);
  }

  /** Adds an event. */
  add(news: JobNews): void {
    if (news.type === "preview") this.#events = this.#events.filter(({ type }) => type !== "preview");
    this.#events.push({ ...news, id: this.#next++ });
    this.#wake();
  }

  /** What is worth keeping when this is the last event: all but steps and previews. */
  endingWith(news: JobNews): readonly JobEvent[] {
    return [...this.#events.filter(({ type }) => type !== "step" && type !== "preview"), { ...news, id: this.#next }];
  }

  /** Says that no more events come, for now or for good. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Events with numbers above `after`: those of the past, then new ones until the log is closed. */
  async *read(after: number): AsyncGenerator<JobEvent> {
    while (true) {
      const news = this.#news.promise;
      const closed = this.#closed;
      for (const event of this.#events.filter(({ id }) => id > after)) {
        after = event.id;
        yield event;
      }
      if (closed) return;
      await news;
    }
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
