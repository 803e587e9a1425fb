import type { Pixels } from "../../../pipeline/images/pixels.ts";
import { encodePng } from "../../../pipeline/images/png/png_encode.ts";
import type { JobView } from "../../../pipeline/jobs/job.ts";
import type { Jobs } from "../../../pipeline/jobs/jobs.ts";
import { timestamp } from "./info.ts";

/** What jobs of these routes are known by. */
export const DIALECT = "a1111";

/** An owner's jobs that came by these routes and have not ended, in the order they came. */
export function activeJobs(jobs: Jobs, owner: string): readonly JobView[] {
  return jobs.active(owner).filter(({ dialect }) => dialect === DIALECT);
}

/** The job that `progress` tells of: the one that runs or, if none does, the first that waits. */
export function currentJob(jobs: Jobs, owner: string): JobView | undefined {
  const active = activeJobs(jobs, owner);
  return active.find(({ state }) => state === "running") ?? active[0];
}

/** How far a job is, 0.01 … 1, as AUTOMATIC1111 counts (`progressapi`, modules/api/api.py), and seconds until its end. */
export function progressOf({ request, progress, started }: JobView): { readonly done: number; readonly eta: number } {
  const { images = [], step = 0, total = 1 } = progress ?? {};
  const pictures = (images[0] ?? 0) + images.length * step / total;
  const done = Math.min(1, 0.01 + pictures / Number(request["count"]));
  const elapsed = started === undefined ? 0 : (Date.now() - started) / 1000;
  return { done, eta: elapsed / done - elapsed };
}

/** The answer of `GET /sdapi/v1/progress`. */
export async function progressJson(
  job: JobView | undefined,
  skipImage: boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const { done, eta } = job ? progressOf(job) : { done: 0, eta: 0 };
  const preview = skipImage ? undefined : job?.progress?.preview;
  return {
    progress: done,
    eta_relative: eta,
    state: {
      skipped: false,
      interrupted: false,
      stopping_generation: false,
      job: job?.id ?? "",
      job_count: job ? Number(job.request["count"]) : 0,
      job_timestamp: job ? timestamp(job.created) : "0",
      job_no: job?.progress?.images[0] ?? 0,
      sampling_step: job?.progress?.step ?? 0,
      sampling_steps: job?.progress?.total ?? (job ? Number(job.request["steps"]) : 0),
    },
    current_image: preview ? await previewBase64(preview) : null,
    textinfo: null,
  };
}

/** A preview as a PNG in base64. */
export async function previewBase64(preview: Pixels): Promise<string> {
  return (await new Response(encodePng(preview, {}, { level: 1 })).bytes()).toBase64();
}
