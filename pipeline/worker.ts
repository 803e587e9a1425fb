/**
 * The thread that owns the device. Deno's `mapAsync` and a WebAssembly run block the thread that calls them, so inference
 * lives here and the main thread always answers.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { openModel } from "../models/model.ts";
import { openDevice } from "../runtime/open.ts";
import { createGenerate } from "./generate.ts";
import type { Generate, GenerationEvent } from "./generation.ts";
import type { Command, Opened, OpenOptions, Report } from "./worker_messages.ts";

const resources = new AsyncDisposableStack();
const aborts = new Map<number, AbortController>();
let generate: Generate;
/** Jobs wait for each other: sessions of one device do not run concurrently. */
let previous: Promise<void> = Promise.resolve();

self.onmessage = async ({ data: command }: MessageEvent<Command>) => {
  switch (command.type) {
    case "open":
      return say(
        await open(command.options).then(
          (opened): Report => ({ type: "opened", opened }),
          (error): Report => ({ type: "unopened", error }),
        ),
      );
    case "generate":
      aborts.set(command.job, new AbortController());
      previous = previous.then(() => work(command));
      return;
    case "abort":
      return aborts.get(command.job)?.abort();
    case "close":
      for (const abort of aborts.values()) abort.abort();
      await previous;
      await resources.disposeAsync();
      return say({ type: "closed" });
  }
};

async function open(options: OpenOptions): Promise<Opened> {
  const { folder, device: name, ...rest } = options;
  const device = resources.use(await openDevice(name, rest));
  const model = resources.use(await openModel(folder, device));
  generate = createGenerate(model, device);
  return { device: { name: device.name, description: device.description }, model: model.info };
}

async function work({ job, request, previewEvery }: Command & { type: "generate" }): Promise<void> {
  const { signal } = aborts.get(job)!;
  try {
    signal.throwIfAborted();
    const options = { signal, ...(previewEvery !== undefined && { previewEvery }) };
    for await (const event of generate(request, options)) say({ type: "event", job, event }, pixelsOf(event));
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
