/**
 * The thread that owns the device. Deno's `mapAsync` and a WebAssembly run block the thread that calls them, so inference
 * lives here and the main thread always answers.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import type { GenerationEvent } from "../generation.ts";
import { type Generator, openGenerator } from "../generator.ts";
import type { Command, OpenOptions, Report } from "./worker_messages.ts";

const aborts = new Map<number, AbortController>();
let generator: Generator;
/** Jobs wait for each other: sessions of one device do not run concurrently. */
let previous: Promise<void> = Promise.resolve();

self.onmessage = async ({ data: command }: MessageEvent<Command>) => {
  switch (command.type) {
    case "open":
      return say(await open(command.options));
    case "generate":
      aborts.set(command.job, new AbortController());
      previous = previous.then(() => work(command));
      return;
    case "abort":
      return aborts.get(command.job)?.abort();
    case "close":
      for (const abort of aborts.values()) abort.abort();
      await previous;
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

async function work({ job, request, previewEvery }: Command & { type: "generate" }): Promise<void> {
  const { signal } = aborts.get(job)!;
  try {
    signal.throwIfAborted();
    const options = { signal, ...(previewEvery !== undefined && { previewEvery }) };
    for await (const event of generator.generate(request, options)) say({ type: "event", job, event }, pixelsOf(event));
    say({ type: "end", job });
  } catch (error) {
    say({ type: "end", job, error: error instanceof Error ? error : new Error(String(error)) });
  } finally {
    aborts.delete(job);
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
