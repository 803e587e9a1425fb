import type { Context } from "hono";
import { DEFAULT_PRIORITY } from "../../pipeline/jobs/job.ts";
import { InvalidRequestError } from "../../pipeline/request/request_error.ts";
import type { Service } from "../service.ts";
import type { JobFields } from "./job_fields.ts";

/** How the job of an HTTP request is to be treated. */
export interface JobTreatment {
  readonly owner: string;
  readonly priority: number;
  /** Milliseconds. */
  readonly timeout?: number;
}

/**
 * How the job of a request is to be treated, within what its key and the server allow. Every dialect asks here.
 *
 * @throws {InvalidRequestError} if it is to take longer than the server allows
 */
export function jobOptions(c: Context, { jobs }: Service, { priority, timeout }: JobFields = {}): JobTreatment {
  const most = c.get("key")?.limits.priority ?? 9;
  if (timeout !== undefined && 1000 * timeout > jobs.maxTime) {
    const message = `timeout is ${timeout}; this server allows at most ${jobs.maxTime / 1000} seconds`;
    throw new InvalidRequestError([{ param: "timeout", code: "out_of_range", message }]);
  }
  return {
    owner: c.get("owner"),
    priority: Math.min(priority ?? DEFAULT_PRIORITY, most),
    ...(timeout !== undefined && { timeout: 1000 * timeout }),
  };
}
