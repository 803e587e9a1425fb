import type { GenerationEvent } from "../generation.ts";
import type { ActiveJob } from "./active_job.ts";

/** What becomes of jobs, for those who keep count; `accepted` is told within the call that brings the job. */
export type JobNotice =
  | { readonly type: "refused"; readonly error: Error }
  | { readonly type: "accepted" | "started" | "suspended"; readonly job: ActiveJob }
  | { readonly type: "event"; readonly job: ActiveJob; readonly event: GenerationEvent }
  /** `error` is why it did not succeed. */
  | { readonly type: "ended"; readonly job: ActiveJob; readonly error: unknown };

/** Who is told; it must be quick and not throw. */
export type JobWatch = (notice: JobNotice) => void;

/** How many jobs there are at this moment. */
export interface JobCounts {
  readonly waiting: number;
  readonly running: number;
  /** How many may run at once. */
  readonly slots: number;
}
