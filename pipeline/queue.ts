import type { Generate, GenerateOptions, GenerationEvent } from "./generation.ts";
import type { GenerationRequest } from "./request/request.ts";

/** There are already as many jobs waiting as may wait. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";

  /** @param limit how many jobs may wait */
  constructor(limit: number) {
    super(`Queue is full: ${limit} jobs wait already; try again in a moment`);
  }
}

/** First in, first out, in front of a device that works on one request at a time. */
export class JobQueue {
  readonly #work: Generate;
  readonly #limit: number;
  /** Starters of the waiting jobs; a set keeps the order they came in. */
  readonly #waiting = new Set<() => void>();
  #busy = false;
  #idle = Promise.withResolvers<void>();

  /**
   * @param work what the jobs take turns at
   * @param limit how many jobs may wait, the running one not counted
   */
  constructor(work: Generate, limit: number) {
    this.#work = work;
    this.#limit = limit;
    this.#idle.resolve();
  }

  /**
   * Waits for its turn, then works; the turn ends with the iteration. Aborting ends the wait, too.
   *
   * @throws {QueueFullError} with the first event if too many wait already
   */
  readonly generate: Generate = (request, options) => this.#generate(request, options);

  /** Resolves when nothing runs or waits. */
  idle(): Promise<void> {
    return this.#idle.promise;
  }

  async *#generate(request: GenerationRequest, options: GenerateOptions): AsyncGenerator<GenerationEvent> {
    await this.#turn(options.signal);
    try {
      yield* this.#work(request, options);
    } finally {
      this.#next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#busy) {
      this.#busy = true;
      this.#idle = Promise.withResolvers();
      return;
    }
    if (this.#waiting.size >= this.#limit) throw new QueueFullError(this.#limit);
    const turn = Promise.withResolvers<void>();
    const leave = () => turn.reject(signal.reason);
    this.#waiting.add(turn.resolve);
    signal.addEventListener("abort", leave);
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#waiting.delete(turn.resolve);
    }
  }

  #next(): void {
    const [start] = this.#waiting;
    if (start) {
      this.#waiting.delete(start);
      return start();
    }
    this.#busy = false;
    this.#idle.resolve();
  }
}
