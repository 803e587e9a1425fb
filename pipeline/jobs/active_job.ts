import type { GenerationEvent, Timings } from "../generation.ts";
import type { AcceptedJob, EndState, JobFailure, JobPicture, JobProgress, JobState, JobView } from "./job.ts";
import { JobLog } from "./job_log.ts";
import { echoOf } from "./store/request_record.ts";

/** Who cares for what a job brings: the caller it is attached to, or the store. */
export interface JobKeeper {
  /** Whether the job ends with the call that began it. */
  readonly attached: boolean;
  /** The job's turn has come. */
  start(now: number): void;
  /**
   * Takes an event in; the work goes on when that is done. Gives what is kept of a picture.
   *
   * @param signal aborted when the job is over, after which nothing is kept
   */
  take(event: GenerationEvent, signal: AbortSignal): Promise<JobPicture | undefined>;
  /** The device was lost under it. Whether it is begun again; it fails if not. @throws {StorageError} */
  retry(): boolean;
  /** The server stops. Whether the job goes on at its next start; it ends if not. */
  suspend(wasRunning: boolean): boolean;
  /** The one end of the job. @param error why it did not succeed */
  end(job: ActiveJob, state: EndState, failure: JobFailure | undefined, error: unknown): void;
}

/** A job that waits or runs, and is in memory. */
export class ActiveJob {
  readonly accepted: AcceptedJob;
  readonly keeper: JobKeeper;
  readonly log = new JobLog();
  /** Ends the work within one step. */
  readonly stop = new AbortController();
  state: JobState = "queued";
  started: number | undefined;
  ended: number | undefined;
  failure: JobFailure | undefined;
  timings: Timings | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  #suspended = false;
  #progress: JobProgress | undefined;
  #runs: number;
  readonly #notices: string[] = [];
  readonly #pictures: JobPicture[] = [];

  /** @param runs how often it was begun before */
  constructor(accepted: AcceptedJob, keeper: JobKeeper, runs = 0) {
    this.accepted = accepted;
    this.keeper = keeper;
    this.#runs = runs;
    this.log.begin("waiting", runs);
  }

  get owner(): string {
    return this.accepted.owner;
  }

  get priority(): number {
    return this.accepted.priority;
  }

  /** Whether this process is done with it. */
  get isOver(): boolean {
    return this.ended !== undefined || this.#suspended;
  }

  /** Its turn has come. @throws {StorageError} if that cannot be remembered */
  start(now: number): void {
    this.keeper.start(now);
    this.state = "running";
    this.started = now;
    this.log.begin("running", this.#runs++);
    this.log.add({ type: "started" });
  }

  /** It is to be begun again. */
  wait(): void {
    this.state = "queued";
    this.started = undefined;
    this.#progress = undefined;
    this.#pictures.length = 0;
    this.#notices.length = 0;
    this.log.begin("waiting", this.#runs);
  }

  /** Notes what the work says. @throws {StorageError} if a picture cannot be kept */
  async take(event: GenerationEvent): Promise<void> {
    const picture = await this.keeper.take(event, this.stop.signal);
    if (this.isOver) return;
    switch (event.type) {
      case "notice":
        this.#notices.push(event.message);
        return this.log.add(event);
      case "step": {
        const { images, step, total, preview } = event;
        this.#progress = { images, step, total, preview: preview ?? this.#progress?.preview };
        this.log.add({ type: "step", images, step, total });
        if (preview) this.log.add({ type: "preview", images, step, preview });
        return;
      }
      case "image":
        this.timings = event.timings;
        if (picture) this.#pictures.push(picture);
        return this.log.add({ type: "image", index: event.index, seed: event.seed });
    }
  }

  /** Ends it in memory. */
  end(state: EndState, failure: JobFailure | undefined, now: number): void {
    this.state = state;
    this.failure = failure;
    this.ended = now;
    this.log.add({ type: "end", state, failure });
    this.#close();
  }

  /** Leaves it to the next start of the server. */
  suspend(): void {
    this.#suspended = true;
    this.#close();
  }

  #close(): void {
    clearTimeout(this.timer);
    this.log.close();
  }

  /** @param position how many jobs start before it, if it waits */
  view(position: number | undefined): JobView {
    const { id, owner, dialect, priority, request, created, deadline } = this.accepted;
    return {
      id,
      owner,
      dialect,
      priority,
      attached: this.keeper.attached,
      state: this.state,
      request: echoOf(request),
      created,
      deadline,
      started: this.started,
      ended: this.ended,
      position,
      progress: this.#progress,
      pictures: this.#pictures.toSorted((a, b) => a.index - b.index),
      notices: [...this.#notices],
      timings: this.timings,
      failure: this.failure,
    };
  }
}
