import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { DEFAULT_PRIORITY, type JobOptions } from "../../pipeline/jobs/job.ts";
import { InvalidRequestError } from "../../pipeline/request/request_error.ts";
import type { Service } from "../service.ts";
import type { JobFields } from "./job_fields.ts";

/** How the job of an HTTP request is to be treated. */
export interface JobTreatment extends Pick<JobOptions, "origin" | "onAccept"> {
  readonly owner: string;
  readonly priority: number;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** The header by which clients say how long they will wait for an answer. */
export const PreferSchema = z.object({
  prefer: z.string().optional().meta({
    description: "`wait=<seconds>`: end the job with 504 if it takes longer (RFC 7240)",
    example: "wait=60",
  }),
});

/**
 * How the job of a request is to be treated, within what its key and the server allow. Every dialect asks here.
 *
 * @throws {InvalidRequestError} if it is to take longer than the server allows
 */
export function jobOptions(c: Context, { jobs }: Service, fields: JobFields = {}): JobTreatment {
  const { priority, timeout = waitOf(c, jobs.maxTime / 1000) } = fields;
  const most = c.get("key")?.limits.priority ?? 9;
  if (timeout !== undefined && 1000 * timeout > jobs.maxTime) {
    const message = `timeout is ${timeout}; this server allows at most ${jobs.maxTime / 1000} seconds`;
    throw new InvalidRequestError([{ param: "timeout", code: "out_of_range", message }]);
  }
  return {
    owner: c.get("owner"),
    origin: { requestId: c.get("requestId"), traceId: c.get("traceId") },
    onAccept: (id) => c.set("job", id),
    priority: Math.min(priority ?? DEFAULT_PRIORITY, most),
    ...(timeout !== undefined && { timeout: 1000 * timeout }),
  };
}

/** Seconds that the client will wait, as far as the server does. */
function waitOf(c: Context, most: number): number | undefined {
  const [, wait] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])/i.exec(c.req.header("prefer") ?? "") ?? [];
  return wait === undefined ? undefined : Math.min(Number(wait), most);
}
