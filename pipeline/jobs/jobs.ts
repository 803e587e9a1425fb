import type { GenerateOptions, GenerationEvent } from "../generation.ts";
import type { GenerationRequest } from "../request/request.ts";
import { ActiveJob } from "./active_job.ts";
import { ANYONE, DEFAULT_PRIORITY, type DurableJob } from "./job.ts";
import type { AcceptedJob, JobEvent, JobOptions, JobPicture, JobView, SubmitOptions } from "./job.ts";
import { IdempotencyConflictError, JobCanceledError } from "./job_errors.ts";
import { AttachedKeeper, DurableKeeper } from "./job_keepers.ts";
import { JobRunner } from "./job_runner.ts";
import type { JobCounts } from "./job_watch.ts";
import type { JobsOptions } from "./jobs_options.ts";
import { restoreJobs } from "./store/restore_jobs.ts";

/**
 * Every request as a job: queued → running → succeeded, failed, canceled or expired, with exactly one end. Waiting jobs
 * start by priority, and owners take turns.
 */
export class Jobs {
  readonly #options: Required<Omit<JobsOptions, "onFailure" | "watches">> & JobsOptions;
  readonly #runner: JobRunner;

  /** Takes up what an earlier process left; nothing runs before {@link start}. @throws {StorageError} */
  constructor(options: JobsOptions) {
    this.#options = { slots: 1, maxTime: 3_600_000, keepTime: 86_400_000, keepBytes: 2e9, ...options };
    this.#runner = new JobRunner(this.#options);
    const { store, encode, hashOf } = options;
    for (const job of restoreJobs(store, hashOf, Date.now())) {
      this.#runner.enter(new ActiveJob(job, new DurableKeeper(store, job.row, job, encode), job.runs));
    }
    this.sweep();
  }

  /** Milliseconds that any job may take. */
  get maxTime(): number {
    return this.#options.maxTime;
  }

  /** How many wait and run. */
  get counts(): JobCounts {
    return this.#runner.counts;
  }

  /** Lets jobs run. @param slots how many at once, where only the opened device tells; as told before if absent */
  start(slots?: number): void {
    this.#runner.start(slots);
  }

  /**
   * A job that lives as long as its caller, and is never stored: aborting the signal or leaving the iteration cancels it.
   * The iteration throws `QueueFullError` with the first event, later `DeadlineExceededError`, `JobCanceledError`, the
   * signal's reason or what the work throws.
   */
  readonly generate = (
    request: GenerationRequest,
    options: GenerateOptions & JobOptions,
  ): AsyncIterable<GenerationEvent> => this.#attach(request, options);

  /**
   * A job that outlives its caller and the process; the same id or key joins the job that has it already.
   *
   * @throws {QueueFullError | IdempotencyConflictError | StorageError}
   */
  submit(request: GenerationRequest, options: SubmitOptions): JobView {
    const joined = this.join(options);
    if (joined) return joined;
    this.#runner.checkRoom();
    const { store, encode } = this.#options;
    const { key, fingerprint, delivery } = options;
    const job: DurableJob = { ...this.#accept(request, options), key, fingerprint, delivery };
    const active = new ActiveJob(job, new DurableKeeper(store, store.accept(job), job, encode));
    this.#runner.enter(active);
    return this.#runner.view(active);
  }

  /**
   * The job that was submitted before under the same id or key, if there is one.
   *
   * @throws {IdempotencyConflictError} if it was submitted for another request
   */
  join({ owner = ANYONE, id, key, fingerprint }: Omit<SubmitOptions, "delivery">): JobView | undefined {
    const { store } = this.#options;
    const byId = id === undefined ? undefined : store.find(owner, { id });
    const byKey = key === undefined ? undefined : store.find(owner, { key });
    const taken = id !== undefined && !byId && this.#runner.find(owner, id) !== undefined;
    if (taken || (byId && byId.fingerprint !== fingerprint)) throw new IdempotencyConflictError(`id ${id}`);
    if (byKey && byKey.fingerprint !== fingerprint) throw new IdempotencyConflictError(`idempotency-key ${key}`);
    const earlier = byId ?? byKey;
    return earlier && this.get(earlier.id, owner);
  }

  /** An owner's job, if there is one of this id. */
  get(id: string, owner = ANYONE): JobView | undefined {
    const active = this.#runner.find(owner, id);
    return active ? this.#runner.view(active) : this.#options.store.view(owner, id);
  }

  /** An owner's jobs that wait or run, attached ones too, in the order they came. */
  active(owner = ANYONE): readonly JobView[] {
    return this.#runner.views(owner);
  }

  /** An owner's stored jobs that have ended, the newest first. */
  ended(owner = ANYONE, most = 100): readonly JobView[] {
    return this.#options.store.ended(owner, most);
  }

  /** Ends a job that waits or runs; one that has ended stays as it is. Gives what has become of it. */
  cancel(id: string, owner = ANYONE): JobView | undefined {
    const active = this.#runner.find(owner, id);
    if (!active) return this.#options.store.view(owner, id);
    this.#runner.end(active, "canceled", new JobCanceledError());
    return this.#runner.view(active);
  }

  /** Removes a stored job that has ended, and its pictures; false if there is none. */
  forget(id: string, owner = ANYONE): boolean {
    return this.#options.store.forget(owner, id);
  }

  /** What happens to a job: events with numbers above `after`, then new ones until its end or the server's. */
  async *events(id: string, owner = ANYONE, after = 0): AsyncGenerator<JobEvent> {
    const active = this.#runner.find(owner, id);
    if (active) return yield* active.log.read(after);
    yield* this.#options.store.events(owner, id)?.filter((event) => event.id > after) ?? [];
  }

  /** The file of a stored job's picture. @throws {StorageError} */
  read(picture: JobPicture): Promise<Uint8Array<ArrayBuffer>> {
    return this.#options.store.read(picture);
  }

  /** Removes ended jobs that are too old or take too much room. */
  sweep(): void {
    const { store, keepTime, keepBytes, onFailure } = this.#options;
    try {
      store.sweep(Date.now() - keepTime, keepBytes);
    } catch (error) {
      onFailure?.(error, "sweep");
    }
  }

  /** Ends well: see {@link JobRunner.drain}. */
  drain(reason: Error, time: number): Promise<void> {
    return this.#runner.drain(reason, time);
  }

  /** Resolves when nothing runs or waits. */
  quiet(): Promise<void> {
    return this.#runner.quiet();
  }

  #accept(request: GenerationRequest, options: JobOptions): AcceptedJob {
    const { id = newId(), owner = ANYONE, dialect = "native", priority = DEFAULT_PRIORITY } = options;
    const created = Date.now();
    const deadline = created + Math.min(options.timeout ?? Infinity, this.maxTime);
    options.onAccept?.(id);
    const { previewEvery, origin } = options;
    const modelHash = this.#options.hashOf(request.model) ?? "";
    return { id, owner, dialect, priority, request, created, deadline, previewEvery, origin, modelHash };
  }

  async *#attach(
    request: GenerationRequest,
    { signal, ...options }: GenerateOptions & JobOptions,
  ): AsyncGenerator<GenerationEvent> {
    signal.throwIfAborted();
    this.#runner.checkRoom();
    const accepted = this.#accept(request, options);
    // An id that was drawn is new; so this needs no disk.
    if (options.id !== undefined && this.get(accepted.id, accepted.owner)) {
      throw new IdempotencyConflictError(`id ${accepted.id}`);
    }
    const keeper = new AttachedKeeper();
    const job = new ActiveJob(accepted, keeper);
    const leave = () => this.#runner.end(job, "canceled", signal.reason ?? new JobCanceledError());
    signal.addEventListener("abort", leave);
    this.#runner.enter(job);
    try {
      yield* keeper.events;
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  }
}

/** 128 random bits, safe in a URL. */
function newId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toBase64({ alphabet: "base64url", omitPadding: true });
}
