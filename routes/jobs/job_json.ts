import { z } from "@hono/zod-openapi";
import type { JobFailure, JobView } from "../../pipeline/jobs/job.ts";
import { toCode } from "../answers/problem_table.ts";
import { type Problem, problemOf, ProblemSchema } from "../answers/problem.ts";

const time = (description: string) => z.iso.datetime().nullable().meta({ description });

/** A job as clients see it. */
export const JobSchema = z.object({
  id: z.string().meta({ example: "Nj9Lozm_2_g56xvJUPZBDQ" }),
  object: z.literal("job"),
  state: z.enum(["queued", "running", "succeeded", "failed", "canceled", "expired"]),
  url: z.string().meta({ description: "Where to ask for this again", example: "/v1/jobs/Nj9Lozm_2_g56xvJUPZBDQ" }),
  events_url: z.string().meta({ description: "Where to hear of what happens" }),
  priority: z.int().meta({ example: 5 }),
  dialect: z.string().meta({ description: "Which of the server's dialects it came by", example: "native" }),
  attached: z.boolean().meta({ description: "Whether it ends with the call that began it, and is not stored" }),
  position: z.int().nullable().meta({ description: "How many jobs start before this one, while it waits" }),
  step: z.int().meta({ description: "Steps done of the pictures under way" }),
  total: z.int().nullable().meta({ description: "Steps that these have; null before the first is done" }),
  created: z.iso.datetime(),
  started: time("When it began to run, the last time if it had to begin again"),
  ended: time("When it ended"),
  deadline: z.iso.datetime().meta({ description: "When it expires if it has not ended before" }),
  request: z.record(z.string(), z.unknown()).meta({ description: "The request with every default, without pictures" }),
  images: z.array(z.object({
    index: z.int(),
    seed: z.int().meta({ description: "Makes this picture alone" }),
    url: z.string(),
    bytes: z.int(),
    sha256: z.string(),
  })),
  notices: z.array(z.string()).meta({ description: "What is worth knowing, such as a prompt that was cut" }),
  timings: z.record(z.string(), z.number()).nullable().meta({ description: "Milliseconds of each stage" }),
  error: ProblemSchema.nullable().meta({ description: "Why it failed" }),
}).meta({ id: "Job", description: "A request, and what has become of it" });

/** Jobs as clients see them. */
export const JobsSchema = z.object({ object: z.literal("list"), data: z.array(JobSchema) }).meta({ id: "Jobs" });

/** Where a job can be asked for. */
export function urlOf(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}

/** Where a picture of a job is. */
export function imageUrlOf(id: string, index: number): string {
  return `${urlOf(id)}/image?index=${index}`;
}

/** What clients are told of a job. */
export function toJson(job: JobView): z.infer<typeof JobSchema> {
  return {
    id: job.id,
    object: "job",
    state: job.state,
    url: urlOf(job.id),
    events_url: `${urlOf(job.id)}/events`,
    priority: job.priority,
    dialect: job.dialect,
    attached: job.attached,
    position: job.position ?? null,
    step: job.progress?.step ?? 0,
    total: job.progress?.total ?? null,
    created: new Date(job.created).toISOString(),
    started: toTime(job.started),
    ended: toTime(job.ended),
    deadline: new Date(job.deadline).toISOString(),
    request: job.request,
    images: job.pictures.map(({ index, seed, bytes, sha256 }) => ({
      index,
      seed,
      url: imageUrlOf(job.id, index),
      bytes,
      sha256,
    })),
    notices: [...job.notices],
    timings: job.timings ? { ...job.timings } : null,
    error: job.failure ? toProblemOf(job.id, job.failure) : null,
  };
}

/** The problem document of a job that failed. */
export function toProblemOf(id: string, { code, message }: JobFailure): Problem {
  return problemOf({ code: toCode(code), message }, id);
}

function toTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
