import type { Denoiser } from "../models/components.ts";
import { type Device, MAX_HISTORY, type Step } from "../runtime/device.ts";
import { elements, type Latents } from "../runtime/tensor.ts";
import type { RandomSource } from "./random/random.ts";
import type { Start } from "./tasks/mod.ts";

/** A row that answers with the estimate of the clean latents instead of the next ones. */
const ESTIMATE = { x: 0, predicted: 0, x0: 1, history: [], noise: 0 } as const;

/** One batch on its way from noise to clean latents; owns every tensor of the way, on whatever device they are. */
export class Sampler implements Disposable {
  readonly #device: Device;
  readonly #denoiser: Denoiser;
  readonly #guidance: number;
  readonly #start: Start;
  #latents: Latents;
  #history: Latents[] = [];

  /** @param guidance classifier-free guidance scale w; it counts if the start has an ungiven context */
  constructor(device: Device, denoiser: Denoiser, guidance: number, start: Start) {
    this.#device = device;
    this.#denoiser = denoiser;
    this.#guidance = guidance;
    this.#start = start;
    this.#latents = start.latents;
  }

  /** The present latents, [B, C, h, w]; valid until the next `advance`. */
  get latents(): Latents {
    return this.#latents;
  }

  /**
   * One evaluation of the denoiser and one step of the scheduler.
   *
   * @param sources one source of normals for each row, for schedulers that add noise
   * @param estimated whether the estimate of the clean latents is wanted; the caller disposes it
   */
  async advance(step: Step, sources: readonly RandomSource[], estimated: boolean): Promise<Latents | undefined> {
    const device = this.#device;
    const x = this.#latents;
    const rows = sources.map(() => ({ step, guidance: this.#guidance }));
    const copies = this.#start.context.dims[0]! / rows.length;
    using input = device.feed(x, {
      rows: rows.map(() => step.inputScale),
      copies,
      width: this.#denoiser.inputChannels,
    });
    const timesteps = Array<number>(rows.length * copies).fill(step.timestep);
    using predicted = await this.#denoiser.predict(input, timesteps, this.#start.context);
    using noise = step.next.noise === 0 ? undefined : this.#draw(sources);
    const at = { x, predicted, history: this.#history, ...(noise && { noise }) };

    const { x: next, kept } = device.step(rows, at);
    const estimate = estimated
      ? device.step(rows.map((row) => ({ ...row, step: { ...withoutKeep(step), next: ESTIMATE } })), at).x
      : undefined;
    x[Symbol.dispose]();
    this.#latents = next;
    if (kept) this.#remember(kept);
    return estimate;
  }

  /** Disposes what the batch holds, its start included. */
  [Symbol.dispose](): void {
    for (const tensor of [this.#latents, this.#start.context, ...this.#history]) tensor[Symbol.dispose]();
  }

  #draw(sources: readonly RandomSource[]): Latents {
    const { dims } = this.#latents;
    const length = elements(dims.slice(1));
    const data = new Float32Array(elements(dims));
    sources.forEach((source, row) => data.set(source.normals(length), row * length));
    return this.#device.upload("B C h w", dims, data);
  }

  #remember(kept: Latents): void {
    this.#history.unshift(kept);
    for (const forgotten of this.#history.splice(MAX_HISTORY)) forgotten[Symbol.dispose]();
  }
}

function withoutKeep({ keep: _, ...step }: Step): Step {
  return step;
}
