import { setTimeout } from "node:timers/promises";
import { AccessError, BusyError, RefusedError } from "../errors.ts";

/** How long what fails is tried again. */
export interface Patience {
  readonly signal: AbortSignal;
  /** How often in a row it may fail without getting any further. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly pause: number;
  /** Milliseconds without a single byte after which a connection counts as dead. */
  readonly stall: number;
}

/** Longest wait that a server may ask for, in milliseconds. */
const LONGEST_WAIT = 60_000;
/** What no second attempt mends. */
const FINAL = [RefusedError, AccessError, Deno.errors.NotCapable, Deno.errors.PermissionDenied, Deno.errors.NotFound];
const DISK_CODES: readonly unknown[] = ["ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EISDIR", "ENOTDIR"];

/**
 * Repeats work that failed for reasons that may pass: cut connections, servers that are busy.
 *
 * @param work is given a function that it calls when it got further than before
 * @throws the last error; at once if it is final or the signal aborts
 */
export async function retrying<T>(work: (advanced: () => void) => Promise<T>, patience: Patience): Promise<T> {
  for (let failures = 0;;) {
    try {
      return await work(() => failures = 0);
    } catch (error) {
      patience.signal.throwIfAborted();
      if (isFinal(error) || ++failures >= patience.attempts) throw error;
      const asked = error instanceof BusyError ? error.after : undefined;
      if (asked !== undefined && asked > LONGEST_WAIT) throw error;
      await setTimeout(asked ?? patience.pause * 2 ** (failures - 1), undefined, { signal: patience.signal });
    }
  }
}

function isFinal(error: unknown): boolean {
  return FINAL.some((kind) => error instanceof kind) || DISK_CODES.includes((error as { code?: unknown }).code);
}
