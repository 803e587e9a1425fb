import { createHash } from "node:crypto";
import type { Generate } from "../../pipeline/generation.ts";
import type { Jobs } from "../../pipeline/jobs/jobs.ts";
import { JobStore } from "../../pipeline/jobs/store/job_store.ts";
import type { PictureFiles } from "../../pipeline/jobs/store/picture_files.ts";
import { openDatabase } from "../../pipeline/jobs/store/state_folder.ts";
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
