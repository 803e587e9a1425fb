import { DeviceLostError } from "../../runtime/device_lost_error.ts";
import type { ActiveJob } from "./active_job.ts";
import type { EndState, JobView } from "./job.ts";
import { DeadlineExceededError, QueueFullError } from "./job_errors.ts";
import type { JobCounts, JobNotice } from "./job_watch.ts";
import type { JobsOptions } from "./jobs_options.ts";
import { WaitingLine } from "./waiting_line.ts";

/** What the runner needs of what jobs need. */
export type RunnerOptions =
  & Pick<JobsOptions, "work" | "limit" | "explain" | "onFailure" | "watches">
  & Required<Pick<JobsOptions, "slots">>;

/** Longest wait a timer takes. */
const MAX_TIMER = 2 ** 31 - 1;

/** Lets jobs wait, run and end; every one of them ends once, or is left to the next start of the server. */
export class JobRunner {
  readonly #options: RunnerOptions;
  readonly #line = new WaitingLine<ActiveJob>();
  readonly #running = new Set<ActiveJob>();
  #slots: number;
  /** Those that wait or run, by owner and id. */
  readonly #jobs = new Map<string, ActiveJob>();
  #isOpen = false;
  /** Why no more jobs are taken, once that is so. */
  #closed: Error | undefined;
  #quiet = Promise.withResolvers<void>();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#slots = options.slots;
  }

  /** Lets jobs run. @param slots how many at once; as told before if absent */
  start(slots = this.#slots): void {
    this.#slots = slots;
    this.#isOpen = true;
    this.#next();
  }

  /** @throws {QueueFullError} if another job would have to wait and may not, or why the runner is closed */
  checkRoom(): void {
    const isFree = this.#isOpen && this.#running.size < this.#slots;
    const isFull = !isFree && this.#line.size >= this.#options.limit;
    const error = this.#closed ?? (isFull ? new QueueFullError(this.#line.size) : undefined);
    if (!error) return;
    this.#tell({ type: "refused", error });
    throw error;
  }

  /** Takes a job in; it runs when its turn comes. */
  enter(job: ActiveJob): void {
    const { id, owner, deadline, created } = job.accepted;
    this.#jobs.set(nameOf(owner, id), job);
    this.#line.add(job);
    const late = () => this.end(job, "expired", new DeadlineExceededError(deadline - created));
    job.timer = setTimeout(late, Math.min(deadline - Date.now(), MAX_TIMER));
    job.log.add({ type: "queued", position: this.#line.order().indexOf(job) });
    this.#tell({ type: "accepted", job });
    this.#next();
  }

  get counts(): JobCounts {
    return { waiting: this.#line.size, running: this.#running.size, slots: this.#slots };
  }

  /** A job that waits or runs. */
  find(owner: string, id: string): ActiveJob | undefined {
    return this.#jobs.get(nameOf(owner, id));
  }

  /** An owner's jobs that wait or run, in the order they came. */
  views(owner: string): readonly JobView[] {
    const places = this.#line.order();
    return [...this.#jobs.values()].filter((job) => job.owner === owner).map((job) => view(job, places));
  }

  /** A job at this moment. */
  view(job: ActiveJob): JobView {
    return view(job, this.#line.order());
  }

  /** Ends a job, unless it is over already; what runs stops within one step. */
  end(job: ActiveJob, state: EndState, error?: unknown): void {
    if (job.isOver) return;
    const { explain, onFailure } = this.#options;
    this.#line.remove(job);
    if (state === "failed" && !job.keeper.attached) onFailure?.(error, job.accepted.id);
    const failure = state === "failed" ? explain(error) : undefined;
    try {
      job.keeper.end(job, state, failure, error);
      job.end(state, failure, Date.now());
      this.#jobs.delete(nameOf(job.owner, job.accepted.id));
    } catch (obstacle) {
      // Nobody may be told of an end that a restart would undo; so it stays here, where it can be asked for.
      onFailure?.(obstacle, job.accepted.id);
      job.end("failed", explain(obstacle), Date.now());
    }
    this.#tell({ type: "ended", job, error });
    if (state !== "succeeded") job.stop.abort(error);
  }

  /**
   * Starts no more jobs and waits for those that run. What is attached and waits ends at once, what runs longer than
   * allowed is cut; what is stored and has not ended goes on at the next start.
   *
   * @param reason what callers of attached jobs are thrown
   * @param time milliseconds
   */
  async drain(reason: Error, time: number): Promise<void> {
    this.#closed = reason;
    for (const job of this.#line.order()) this.#leave(job, reason, false);
    const timer = setTimeout(() => {
      for (const job of this.#running) this.#leave(job, reason, true);
    }, time);
    this.#next();
    await this.quiet();
    clearTimeout(timer);
  }

  /** Resolves when nothing runs or waits for a turn. */
  async quiet(): Promise<void> {
    while (this.#running.size > 0 || this.#line.size > 0) await this.#quiet.promise;
  }

  #leave(job: ActiveJob, reason: Error, wasRunning: boolean): void {
    this.#line.remove(job);
    try {
      if (!job.keeper.suspend(wasRunning)) return this.end(job, "canceled", reason);
    } catch (error) {
      this.#options.onFailure?.(error, job.accepted.id);
    }
    job.suspend();
    this.#tell({ type: "suspended", job });
    job.stop.abort(reason);
  }

  /** Lets a job wait again whose device was lost under it, if its keeper has not done so before. */
  #again(job: ActiveJob, error: unknown): boolean {
    if (!(error instanceof DeviceLostError) || job.isOver || this.#closed) return false;
    try {
      if (!job.keeper.retry()) return false;
    } catch (obstacle) {
      this.#options.onFailure?.(obstacle, job.accepted.id);
      return false;
    }
    job.wait();
    this.#line.add(job);
    job.log.add({ type: "queued", position: this.#line.order().indexOf(job) });
    return true;
  }

  #tell(notice: JobNotice): void {
    for (const watch of this.#options.watches ?? []) watch(notice);
  }

  #next(): void {
    while (this.#isOpen && !this.#closed && this.#running.size < this.#slots) {
      const job = this.#line.take();
      if (!job) break;
      this.#running.add(job);
      void this.#run(job);
    }
    this.#quiet.resolve();
    this.#quiet = Promise.withResolvers();
  }

  async #run(job: ActiveJob): Promise<void> {
    const { request, previewEvery, modelHash } = job.accepted;
    try {
      job.start(Date.now());
      this.#tell({ type: "started", job });
      const options = { signal: job.stop.signal, modelHash, ...(previewEvery !== undefined && { previewEvery }) };
      for await (const event of this.#options.work(request, options)) {
        if (job.isOver) break;
        this.#tell({ type: "event", job, event });
        await job.take(event);
      }
      this.end(job, "succeeded");
    } catch (error) {
      if (!this.#again(job, error)) this.end(job, "failed", error);
    } finally {
      this.#running.delete(job);
      this.#next();
    }
  }
}

function view(job: ActiveJob, places: readonly ActiveJob[]): JobView {
  return job.view(job.state === "queued" ? places.indexOf(job) : undefined);
}

function nameOf(owner: string, id: string): string {
  return JSON.stringify([owner, id]);
}
