import { z } from "@hono/zod-openapi";
import type { Jobs } from "../../pipeline/jobs/jobs.ts";
import { activeJobs, previewBase64, progressOf } from "./answers/progress.ts";

/** Most ended tasks that are remembered; AUTOMATIC1111 remembers 16, but has one user. */
const MOST = 256;

/** The body of `POST /internal/progress`. */
export const TaskSchema = z.object({
  id_task: z.string("must be text").meta({ description: "What was sent as force_task_id" }),
  id_live_preview: z.int("must be a whole number").nullish().meta({ description: "Of the preview that is known" }),
  live_preview: z.boolean("must be true or false").nullish(),
}, "must be an object").meta({ id: "A1111Task" });

/** Tasks that clients named, and which of them have ended. */
export class Tasks {
  readonly #ended = new Set<string>();

  /** Remembers that a task is over. */
  end(owner: string, id: string): void {
    this.#ended.add(keyOf(owner, id));
    if (this.#ended.size > MOST) this.#ended.delete(this.#ended.values().next().value!);
  }

  /** The answer of `POST /internal/progress`. */
  async toJson(
    jobs: Jobs,
    owner: string,
    { id_task, id_live_preview, live_preview }: z.output<typeof TaskSchema>,
  ): Promise<Readonly<Record<string, unknown>>> {
    const job = activeJobs(jobs, owner).find(({ id }) => id === id_task);
    const active = job?.state === "running";
    const { done, eta } = active ? progressOf(job) : { done: null, eta: null };
    const preview = active && live_preview !== false ? job.progress?.preview : undefined;
    // A preview has no number of its own, but the step that it was made at or soon before names it well enough.
    const id = preview ? job!.progress!.images[0]! * job!.progress!.total + job!.progress!.step : id_live_preview ?? -1;
    const isNew = preview !== undefined && id !== id_live_preview;
    return {
      active,
      queued: job?.state === "queued",
      completed: job === undefined && this.#ended.has(keyOf(owner, id_task)),
      progress: done,
      eta,
      live_preview: isNew ? `data:image/png;base64,${await previewBase64(preview)}` : null,
      id_live_preview: id,
      textinfo: active ? null : "Waiting...",
    };
  }
}

function keyOf(owner: string, id: string): string {
  return `${owner}\n${id}`;
}
