import type { ModelInfo } from "../../models/model_info.ts";
import { Jobs } from "../../pipeline/jobs/jobs.ts";
import type { JobsOptions } from "../../pipeline/jobs/jobs_options.ts";
import { toPng } from "../answers/job.ts";
import { tell } from "../problem.ts";

/** What jobs need from outside. */
export interface CreateJobsOptions extends Omit<JobsOptions, "encode" | "hashOf" | "explain"> {
  readonly models: readonly ModelInfo[];
  /** Name and version of the program. */
  readonly version: string;
}

/** Jobs whose pictures and failures are told as the routes tell them. @throws {StorageError} */
export function createJobs({ models, version, ...options }: CreateJobsOptions): Jobs {
  const find = (name: string) => models.find((model) => model.name === name);
  return new Jobs({
    ...options,
    encode: ({ request, delivery }, picture) =>
      new Response(toPng({ request, model: find(request.model)!, delivery, version }, picture)).bytes(),
    hashOf: (name) => find(name)?.hash,
    explain: tell,
  });
}
