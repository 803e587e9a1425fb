import type { Model } from "../models/model.ts";
import type { Device } from "../runtime/device.ts";
import { elements, type Latents } from "../runtime/tensor.ts";
import { Turns } from "../runtime/turns.ts";
import { decodePicture } from "./first_stage/decode_picture.ts";
import type { GenerationEvent } from "./generation.ts";
import type { Pixels } from "./images/pixels.ts";
import { messagesIn } from "./messages_in.ts";
import { Notices } from "./notices.ts";
import { GENERATORS } from "./random/mod.ts";
import { planOptions, seedOf } from "./request/request.ts";
import { Sampler } from "./sampler.ts";
import { planFor } from "./schedulers/mod.ts";
import { SharedDenoiser } from "./shared_denoiser.ts";
import { Stopwatch } from "./stopwatch.ts";
import { prepare } from "./tasks/mod.ts";
import type { GenerateFrom } from "./tiles/tiled_picture.ts";

/** How many images are denoised together: more gains little (published: 1.1 to 1.3 times) and memory grows with it. */
const LARGEST_BATCH = 4;

/** Guidance evaluates every picture with and without its condition. */
const EVALUATIONS = 2;

/**
 * Sampling in latent space, one loop for all tasks: feed, denoise, step, and at the end decode (the paper's section 3).
 * Requests that run at once share the evaluations of the denoiser; each knows of its own pictures only.
 *
 * @param model graphs that are loaded on `device`
 * @param largestBatch how many pictures are denoised together, of one request or of several
 */
export function createGenerate(model: Model, device: Device, largestBatch = LARGEST_BATCH): GenerateFrom {
  const { info } = model;
  const turns = new Turns();
  const shared = new SharedDenoiser(device, model.denoiser, turns, EVALUATIONS * largestBatch);
  return async function* generate(
    request,
    { signal, previewEvery, onEvaluation },
    sourceOf = (image) => new GENERATORS[request.rng](seedOf(request, image)),
  ): AsyncGenerator<GenerationEvent> {
    const denoiser = shared.until(signal, onEvaluation);
    const plan = planFor(request.scheduler, info.schedulerConfig, request.steps, planOptions(request, info));
    const total = plan.steps.length;
    const clock = new Stopwatch("text", "denoise", "decode");
    const busy = <T>(stage: "text" | "decode", work: () => Promise<T>) =>
      clock.time(stage, () =>
        turns.take(async () => {
          await messagesIn();
          signal.throwIfAborted();
          return await work();
        }));
    using task = await busy("text", () => prepare(request, model, device));
    const notices = new Notices();
    task.notices.forEach(notices.tell);
    yield* notices.fresh();

    for (const images of batchesOf(request.count, largestBatch)) {
      const sources = images.map(sourceOf);
      const start = await busy("text", () => task.start(images, sources, plan));
      using sampler = new Sampler(device, denoiser, request.guidance, start);
      for (const [index, step] of plan.steps.entries()) {
        const done = index + 1;
        const shown = previewEvery !== undefined && done % previewEvery === 0 && done < total;
        using estimate = await clock.time("denoise", () => sampler.advance(step, plan.steps[done], sources, shown));
        const preview = estimate && await busy("decode", () => decodeRow(estimate, 0, model, device, notices));
        yield* notices.fresh();
        yield { type: "step", images, step: done, total, ...(preview && { preview }), timings: clock.spent };
      }
      for (const [row, index] of images.entries()) {
        const decoded = await busy("decode", () => decodeRow(sampler.latents, row, model, device, notices));
        yield* notices.fresh();
        const image = task.finish?.(decoded) ?? decoded;
        yield { type: "image", index, seed: seedOf(request, index), image, timings: clock.spent };
      }
    }
  };
}

function* batchesOf(count: number, largest: number): Iterable<readonly number[]> {
  for (let first = 0; first < count; first += largest) {
    yield Array.from({ length: Math.min(largest, count - first) }, (_, row) => first + row);
  }
}

/** One picture of a batch. */
async function decodeRow(
  batch: Latents,
  row: number,
  { autoencoder }: Model,
  device: Device,
  { tell }: Notices,
): Promise<Pixels> {
  const dims = [1, ...batch.dims.slice(1)];
  const length = elements(dims);
  using latents = device.assemble("B C h w", dims, [{ of: batch, start: row * length, length }]);
  return await decodePicture(latents, autoencoder, tell);
}
