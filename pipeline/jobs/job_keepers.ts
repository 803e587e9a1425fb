import type { GenerationEvent } from "../generation.ts";
import type { ActiveJob, JobKeeper } from "./active_job.ts";
import { Channel } from "./channel.ts";
import type { DurableJob, EndState, JobFailure, JobPicture } from "./job.ts";
import type { JobStore } from "./store/job_store.ts";

/** A picture as the work gives it. */
export type Picture = Extract<GenerationEvent, { type: "image" }>;
/** Makes a picture's file. */
export type EncodePicture = (job: DurableJob, picture: Picture) => Promise<Uint8Array>;

/** Hands everything to the caller; nothing of it is stored. */
export class AttachedKeeper implements JobKeeper {
  readonly attached = true;
  readonly events = new Channel<GenerationEvent>();

  start(): void {}

  take(event: GenerationEvent): Promise<undefined> {
    this.events.send(event);
    return Promise.resolve(undefined);
  }

  retry(): boolean {
    return false; // its caller may ask again, and knows better whether to
  }

  suspend(): boolean {
    return false;
  }

  end(_job: ActiveJob, _state: EndState, _failure: JobFailure | undefined, error: unknown): void {
    this.events.end(error);
  }
}

/** Stores pictures when they come, and the end. */
export class DurableKeeper implements JobKeeper {
  readonly attached = false;
  readonly #store: JobStore;
  readonly #row: number;
  readonly #job: DurableJob;
  readonly #encode: EncodePicture;
  #isRetried = false;

  /** @param row the job's number in the store */
  constructor(store: JobStore, row: number, job: DurableJob, encode: EncodePicture) {
    this.#store = store;
    this.#row = row;
    this.#job = job;
    this.#encode = encode;
  }

  start(now: number): void {
    this.#store.start(this.#row, now);
  }

  async take(event: GenerationEvent, signal: AbortSignal): Promise<JobPicture | undefined> {
    if (event.type !== "image") return undefined;
    return await this.#store.keep(this.#row, event, await this.#encode(this.#job, event), signal);
  }

  retry(): boolean {
    if (this.#isRetried) return false;
    this.#isRetried = true;
    // Counts like a crash of the server: what takes the device down takes it down again.
    this.#store.requeue(this.#row, true);
    return true;
  }

  suspend(wasRunning: boolean): boolean {
    if (wasRunning) this.#store.requeue(this.#row, false);
    return true;
  }

  end(job: ActiveJob, state: EndState, failure: JobFailure | undefined): void {
    this.#store.end(this.#row, this.#job.request, {
      state,
      ended: Date.now(),
      events: job.log.endingWith({ type: "end", state, failure }),
      timings: job.timings,
      failure,
    });
  }
}
