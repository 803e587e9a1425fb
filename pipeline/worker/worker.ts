/**
 * The thread that owns the device. Deno's `mapAsync` and a WebAssembly run block the thread that calls them, so inference
 * lives here and the main thread always answers.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import type { Evaluation, GenerationEvent } from "../generation.ts";
import { endThreads, watchThreads } from "../../runtime/onnx/threads.ts";
import { type Generator, openGenerator } from "../generator.ts";
import { toSent } from "./errors.ts";
import type { Command, OpenOptions, Report } from "./worker_messages.ts";

/** What stops each job, and when it has ended. */
const jobs = new Map<number, { readonly abort: AbortController; readonly ended: Promise<void> }>();
let generator: Generator | undefined;

watchThreads();

self.onmessage = async ({ data: command }: MessageEvent<Command>) => {
  switch (command.type) {
    case "open":
      return say(await open(command.options));
    case "generate": {
      const abort = new AbortController();
      return void jobs.set(command.job, { abort, ended: work(command, abort.signal) });
    }
    case "abort":
      return jobs.get(command.job)?.abort.abort();
    case "close":
      for (const { abort } of jobs.values()) abort.abort();
      await Promise.all([...jobs.values()].map(({ ended }) => ended));
      await generator?.[Symbol.asyncDispose]();
      await endThreads();
      return say({ type: "closed" });
    case "abandon":
      await endThreads();
      return say({ type: "closed" });
  }
};

async function open(options: OpenOptions): Promise<Report> {
  try {
    generator = await openGenerator(options, (text) => say({ type: "opening", text }));
    void generator.lost.then((error) => say({ type: "lost", failure: toSent(error) }));
    const { device, model, plan } = generator;
    return { type: "opened", opened: { device, model, plan } };
  } catch (error) {
    return { type: "unopened", failure: toSent(error) };
  }
}

async function work(
  { job, request, previewEvery }: Command & { type: "generate" },
  signal: AbortSignal,
): Promise<void> {
  try {
    const onEvaluation = (evaluation: Evaluation) => say({ type: "evaluation", job, evaluation });
    const options = { signal, ...(previewEvery !== undefined && { previewEvery }), onEvaluation };
    for await (const event of generator!.generate(request, options)) {
      say({ type: "event", job, event }, pixelsOf(event));
    }
    say({ type: "end", job });
  } catch (error) {
    say({ type: "end", job, failure: toSent(error) });
  } finally {
    jobs.delete(job);
  }
}

/** Pixels move to the main thread instead of being copied. */
function pixelsOf(event: GenerationEvent): Transferable[] {
  if (event.type === "image") return [event.image.data.buffer];
  return event.type === "step" && event.preview ? [event.preview.data.buffer] : [];
}

function say(report: Report, moved: Transferable[] = []): void {
  self.postMessage(report, moved);
}
