/**
 * What can become of a job besides pictures, as callers see it.
 *
 * @module
 */

/** There are already as many jobs waiting as may wait. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
  /** How many jobs wait. */
  readonly depth: number;

  constructor(depth: number) {
    super(`Queue is full: ${depth} jobs wait already; try again in a moment`);
    this.depth = depth;
  }
}

/** The id or idempotency key was used before, for another request. */
export class IdempotencyConflictError extends Error {
  override readonly name = "IdempotencyConflictError";

  /** @param name which one, such as `id "a"` */
  constructor(name: string) {
    super(`${name} was used before for another request; repeat that one unchanged, or choose another`);
  }
}

/** The job's deadline came before its end. */
export class DeadlineExceededError extends Error {
  override readonly name = "DeadlineExceededError";

  /** @param timeout milliseconds the job had */
  constructor(timeout: number) {
    super(`The job did not end within ${timeout / 1000} s; allow more time, or ask for less`);
  }
}

/** The job was canceled by another call of its owner. */
export class JobCanceledError extends Error {
  override readonly name = "JobCanceledError";

  constructor() {
    super("The job was canceled");
  }
}

/** The disk did not take or give something; the cause says what. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}
