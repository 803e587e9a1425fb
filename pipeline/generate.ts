import type { Autoencoder } from "../models/components.ts";
import type { Model } from "../models/model.ts";
import type { Device } from "../runtime/device.ts";
import { elements, type Latents } from "../runtime/tensor.ts";
import type { Generate, GenerationEvent } from "./generation.ts";
import { type Pixels, toPixels } from "./images/pixels.ts";
import { GENERATORS } from "./random/mod.ts";
import { firstStep, seedOf } from "./request/request.ts";
import { Sampler } from "./sampler.ts";
import { planFor } from "./schedulers/mod.ts";
import { Stopwatch } from "./stopwatch.ts";
import { prepare } from "./tasks/mod.ts";

/** How many images are denoised together: more gains little (published: 1.1 to 1.3 times) and memory grows with it. */
const LARGEST_BATCH = 4;

/**
 * Sampling in latent space, one loop for all tasks: feed, denoise, step, and at the end decode (the paper's section 3).
 *
 * @param model graphs that are loaded on `device`; one request at a time may use them
 */
export function createGenerate(model: Model, device: Device): Generate {
  const { autoencoder, denoiser, info } = model;
  return async function* generate(request, { signal, previewEvery }): AsyncGenerator<GenerationEvent> {
    const plan = planFor(request.scheduler, info.schedulerConfig, request.steps, {
      eta: request.eta,
      firstStep: firstStep(request),
    });
    const total = plan.steps.length;
    const clock = new Stopwatch("text", "denoise", "decode");
    using task = await clock.time("text", () => prepare(request, model, device));
    for (const message of task.notices) yield { type: "notice", message };

    for (const images of batchesOf(request.count)) {
      const sources = images.map((image) => new GENERATORS[request.rng](seedOf(request, image)));
      const start = await clock.time("text", () => task.start(images, sources, plan));
      using sampler = new Sampler(device, denoiser, request.guidance, start);
      for (const [index, step] of plan.steps.entries()) {
        await messagesIn();
        signal.throwIfAborted();
        const done = index + 1;
        const shown = previewEvery !== undefined && done % previewEvery === 0 && done < total;
        using estimate = await clock.time("denoise", () => sampler.advance(step, plan.steps[done], sources, shown));
        const preview = estimate && await clock.time("decode", () => decodeRow(estimate, 0, autoencoder, device));
        yield { type: "step", images, step: done, total, ...(preview && { preview }) };
      }
      for (const [row, index] of images.entries()) {
        signal.throwIfAborted();
        const decoded = await clock.time("decode", () => decodeRow(sampler.latents, row, autoencoder, device));
        const image = task.finish?.(decoded) ?? decoded;
        yield { type: "image", index, seed: seedOf(request, index), image, timings: clock.spent };
      }
    }
  };
}

function* batchesOf(count: number): Iterable<readonly number[]> {
  for (let first = 0; first < count; first += LARGEST_BATCH) {
    yield Array.from({ length: Math.min(LARGEST_BATCH, count - first) }, (_, row) => first + row);
  }
}

/** One picture of a batch; the one place where numbers leave the GPU. */
async function decodeRow(batch: Latents, row: number, autoencoder: Autoencoder, device: Device): Promise<Pixels> {
  const dims = [1, ...batch.dims.slice(1)];
  const length = elements(dims);
  using latents = device.assemble("B C h w", dims, [{ of: batch, start: row * length, length }]);
  using image = await autoencoder.decode(latents);
  const [, , height = 0, width = 0] = image.dims;
  return toPixels(await image.read(), width, height);
}

/** Lets waiting messages in: runs of a graph may never leave the thread, and an abort comes as a message. */
function messagesIn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
