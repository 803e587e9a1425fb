import type { Generate } from "../generation.ts";
import type { JobFailure } from "./job.ts";
import type { EncodePicture } from "./job_keepers.ts";
import type { JobWatch } from "./job_watch.ts";
import type { JobStore } from "./store/job_store.ts";

/** What jobs need. */
export interface JobsOptions {
  /** What they take turns at. */
  readonly work: Generate;
  readonly store: JobStore;
  /** How many may wait. */
  readonly limit: number;
  /** How many may run at once; 1 if absent. */
  readonly slots?: number;
  /** Makes the files of stored jobs' pictures. */
  readonly encode: EncodePicture;
  /** The hash of a model's weights; undefined if there is no such model. */
  readonly hashOf: (model: string) => string | undefined;
  /** What clients are told of an error. */
  readonly explain: (error: unknown) => JobFailure;
  /** Told of failures of jobs that have no caller to tell. */
  readonly onFailure?: (error: unknown, id: string) => void;
  /** Told what becomes of jobs. */
  readonly watches?: readonly JobWatch[];
  /** Milliseconds that any job may take, waiting included; an hour if absent. */
  readonly maxTime?: number;
  /** Milliseconds for which ended jobs are kept; a day if absent. */
  readonly keepTime?: number;
  /** Most bytes of ended jobs, pictures included; 2 GB if absent. */
  readonly keepBytes?: number;
}
