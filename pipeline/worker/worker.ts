/**
 * The thread that owns the device. Deno's `mapAsync` and a WebAssembly run block the thread that calls them, so inference
 * lives here and the main thread always answers.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { NonFiniteError } from "../images/non_finite_error.ts";
import type { GenerationEvent } from "../generation.ts";
import { type Generator, openGenerator } from "../generator.ts";
import type { Command, OpenOptions, Report } from "./worker_messages.ts";

/** What stops each job, and when it has ended. */
const jobs = new Map<number, { readonly abort: AbortController; readonly ended: Promise<void> }>();
let generator: Generator;

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
      await generator[Symbol.asyncDispose]();
      return say({ type: "closed" });
  }
};

async function open(options: OpenOptions): Promise<Report> {
  try {
    generator = await openGenerator(options);
    return { type: "opened", opened: { device: generator.device, model: generator.model } };
  } catch (error) {
    return { type: "unopened", error: error as Error };
  }
}

async function work(
  { job, request, previewEvery }: Command & { type: "generate" },
  signal: AbortSignal,
): Promise<void> {
  try {
    const options = { signal, ...(previewEvery !== undefined && { previewEvery }) };
    for await (const event of generator.generate(request, options)) say({ type: "event", job, event }, pixelsOf(event));
    say({ type: "end", job });
  } catch (error) {
    const isNonFinite = error instanceof NonFiniteError;
    say({ type: "end", job, error: error instanceof Error ? error : new Error(String(error)), isNonFinite });
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
