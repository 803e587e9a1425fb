import type { JobFailure, JobState } from "../../pipeline/jobs/job.ts";
import { JobCanceledError, QueueFullError } from "../../pipeline/jobs/job_errors.ts";
import { ProblemError } from "../answers/problem.ts";

/** Why a job ended as it did, in a word of a short list: error codes, and `client_gone`. */
export function endReason(state: JobState | "rejected", failure: JobFailure | undefined, error: unknown): string {
  switch (state) {
    case "failed":
      return failure?.code ?? "internal_error";
    case "expired":
      return "deadline_exceeded";
    case "canceled":
      if (error instanceof JobCanceledError) return "job_canceled";
      return error instanceof ProblemError ? error.code : "client_gone";
    case "rejected":
      if (error instanceof QueueFullError) return "queue_full";
      return error instanceof ProblemError ? error.code : "internal_error";
    default:
      return "";
  }
}
