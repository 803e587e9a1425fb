import type { ModelInfo } from "../../models/model_info.ts";
import { Jobs } from "../../pipeline/jobs/jobs.ts";
import type { JobsOptions } from "../../pipeline/jobs/jobs_options.ts";
import { toPng } from "../answers/job.ts";
import type { EncodeWatch } from "../observe/time_stream.ts";
import { tell } from "../answers/problem.ts";

/** What jobs need from outside. */
export interface CreateJobsOptions extends Omit<JobsOptions, "encode" | "hashOf" | "explain"> {
  readonly models: readonly ModelInfo[];
  /** Name and version of the program. */
  readonly version: string;
  /** Told of pictures' files. */
  readonly onEncode?: EncodeWatch;
}

/** Jobs whose pictures and failures are told as the routes tell them. @throws {StorageError} */
export function createJobs({ models, version, onEncode, ...options }: CreateJobsOptions): Jobs {
  const find = (name: string) => models.find((model) => model.name === name);
  return new Jobs({
    ...options,
    encode: ({ id, request, delivery }, picture) =>
      new Response(
        toPng({
          request,
          model: find(request.model)!,
          delivery,
          version,
          onEncode: onEncode && (() => onEncode(id)),
        }, picture),
      ).bytes(),
    hashOf: (name) => find(name)?.hash,
    explain: tell,
  });
}
