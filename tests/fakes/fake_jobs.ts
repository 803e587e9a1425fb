import { createHash } from "node:crypto";
import type { Generate } from "../../pipeline/generation.ts";
import type { JobView, SubmitOptions } from "../../pipeline/jobs/job.ts";
import { Jobs } from "../../pipeline/jobs/jobs.ts";
import type { JobsOptions } from "../../pipeline/jobs/jobs_options.ts";
import { JobStore } from "../../pipeline/jobs/store/job_store.ts";
import type { PictureFiles } from "../../pipeline/jobs/store/picture_files.ts";
import { openDatabase } from "../../pipeline/jobs/store/state_folder.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";
import { createJobs, type CreateJobsOptions } from "../../routes/jobs/create_jobs.ts";
import { MODEL } from "./models.ts";

/** Pictures' files in memory. */
export class MemoryPictures implements PictureFiles {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();

  write(bytes: Uint8Array): ReturnType<PictureFiles["write"]> {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const keep = () => void this.files.set(sha256, Uint8Array.from(bytes));
    return Promise.resolve({ sha256, bytes: bytes.length, keep, discard() {} });
  }

  read(sha256: string): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(this.files.get(sha256)!);
  }

  remove(sha256: string): void {
    this.files.delete(sha256);
  }

  retain(sha256s: ReadonlySet<string>): void {
    for (const sha256 of this.files.keys()) if (!sha256s.has(sha256)) this.files.delete(sha256);
  }
}

/** A store that leaves nothing on the disk. */
export function memoryStore(): JobStore {
  return new JobStore(openDatabase(":memory:"), new MemoryPictures());
}

/** Jobs that leave nothing on the disk, ready to run. */
export function fakeJobs(work: Generate, options: Partial<CreateJobsOptions> = {}): Jobs {
  const jobs = createJobs({
    work,
    store: memoryStore(),
    limit: 32,
    models: [MODEL],
    version: "latentd 9.9.9",
    ...options,
  });
  jobs.start();
  return jobs;
}

/** Jobs whose pictures' files are their bare pixels, in a store that can be handed on; not started. */
export function bareJobs(work: Generate, options: Partial<JobsOptions> = {}): Jobs {
  return new Jobs({
    work,
    store: memoryStore(),
    limit: 32,
    encode: (_, { image }) => Promise.resolve(image.data),
    hashOf: (model) => model === MODEL.name ? MODEL.hash : undefined,
    explain: (error) => ({ code: "internal_error", message: String(error) }),
    ...options,
  });
}

/** A request that is small and has every field that jobs look at. */
export function smallRequest(fields: Partial<GenerationRequest> = {}): GenerationRequest {
  const request = { task: "text-to-image", model: MODEL.name, prompt: "x", seed: 1, steps: 2, count: 1 };
  return { ...request, width: 2, height: 2, ...fields } as GenerationRequest;
}

/** Submits a small request, which is its own fingerprint. */
export function submit(
  jobs: Jobs,
  fields: Partial<GenerationRequest> = {},
  options: Partial<SubmitOptions> = {},
): JobView {
  const fingerprint = JSON.stringify(fields);
  const delivery = { previews: undefined, metadata: "full" } as const;
  return jobs.submit(smallRequest(fields), { fingerprint, delivery, ...options });
}
