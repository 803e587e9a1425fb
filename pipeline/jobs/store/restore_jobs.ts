import type { JobEvent, JobFailure } from "../job.ts";
import { firstEvent } from "../job_log.ts";
import { type JobRow, type LeftJob, toLeftJob } from "./job_rows.ts";
import type { JobStore } from "./job_store.ts";

/** How often the server may die while a job runs before the job is taken for the reason. */
const MAX_CRASHES = 3;

/**
 * What an earlier process left unfinished and this one can go on with, in the order it came; ends the rest. A job that
 * ran begins again with its seed, so that its pictures are the same.
 *
 * @param hashOf the hash of a model's weights; undefined if there is no such model
 * @param now milliseconds since 1970
 * @throws {StorageError}
 */
export function restoreJobs(
  store: JobStore,
  hashOf: (model: string) => string | undefined,
  now: number,
): readonly LeftJob[] {
  return store.left().flatMap((row) => {
    const crashed = row.state === "running";
    if (crashed) store.requeue(row.row, true);
    const crashes = row.crashes + Number(crashed);
    if (row.deadline <= now) return end(store, row, now, undefined);
    const job = read(row);
    const failure = job === undefined
      ? { code: "storage_error", message: "What was stored of the job cannot be read" }
      : hashOf(job.request.model) !== job.modelHash
      ? { code: "model_changed", message: `model ${job.request.model} is not there any more, or has other weights now` }
      : crashes >= MAX_CRASHES
      ? {
        code: "job_crashed",
        message: `The server stopped ${crashes} times while this job ran; it is not tried again`,
      }
      : undefined;
    return failure || !job ? end(store, row, now, failure) : [job];
  });
}

function read(row: JobRow): LeftJob | undefined {
  try {
    return toLeftJob(row);
  } catch {
    return undefined;
  }
}

/** Failed for a reason, or else expired. */
function end(store: JobStore, row: JobRow, ended: number, failure: JobFailure | undefined): readonly [] {
  const state = failure ? "failed" : "expired";
  const { request } = read(row) ?? { request: {} };
  const events: readonly JobEvent[] = [{ type: "end", state, failure, id: firstEvent("waiting", row.runs + 1) }];
  store.end(row.row, request, { state, ended, events, timings: undefined, failure });
  return [];
}
