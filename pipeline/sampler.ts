import type { Conditioning } from "../models/components.ts";
import { disposeConditioning, gather } from "../models/conditioning.ts";
import { type Device, MAX_HISTORY, type Step } from "../runtime/device.ts";
import { elements, type Latents } from "../runtime/tensor.ts";
import type { RandomSource } from "./random/random.ts";
import type { BorrowedDenoiser } from "./shared_denoiser.ts";
import { combine } from "./tasks/start/combine.ts";
import type { Start } from "./tasks/mod.ts";

/** A row that answers with the estimate of the clean latents instead of the next ones. */
const ESTIMATE = { x: 0, predicted: 0, x0: 1, history: [], noise: 0 } as const;

/** The level of clean latents, where a plan ends. */
const CLEAN: Step["level"] = { signal: 1, noise: 0 };

/** One batch on its way from noise to clean latents; owns every tensor of the way, on whatever device they are. */
export class Sampler implements Disposable {
  readonly #device: Device;
  readonly #denoiser: BorrowedDenoiser;
  readonly #guidance: number;
  readonly #start: Start;
  /** Rows of the empty condition first, as the kernel of the step expects them. */
  readonly #conditioning: Conditioning;
  #latents: Latents;
  #history: Latents[] = [];

  /**
   * @param guidance classifier-free guidance scale w; it counts if the start has an empty condition
   * @param start owned by the sampler from now on
   */
  constructor(device: Device, denoiser: BorrowedDenoiser, guidance: number, start: Start) {
    this.#device = device;
    this.#denoiser = denoiser;
    this.#guidance = guidance;
    this.#start = start;
    this.#latents = start.latents;
    const batch = Array.from({ length: start.latents.dims[0]! }, (_, row) => row);
    const halves = start.ungiven ? [start.ungiven, start.given] : [start.given];
    this.#conditioning = gather(device, halves.flatMap((of) => batch.map((row) => ({ of, row }))));
  }

  /** The present latents, [B, C, h, w]; valid until the next `advance`. */
  get latents(): Latents {
    return this.#latents;
  }

  /**
   * One evaluation of the denoiser and one step of the scheduler.
   *
   * @param then the step that follows; absent for the last
   * @param sources one source of normals for each row, for schedulers that add noise
   * @param estimated whether the estimate of the clean latents is wanted; the caller disposes it
   */
  async advance(
    step: Step,
    then: Step | undefined,
    sources: readonly RandomSource[],
    estimated: boolean,
  ): Promise<Latents | undefined> {
    const device = this.#device;
    const x = this.#latents;
    const { ungiven, concat } = this.#start;
    const rows = sources.map(() => ({ step, guidance: this.#guidance }));
    const copies = ungiven ? 2 : 1;
    using input = device.feed(x, {
      rows: rows.map(() => step.inputScale),
      copies,
      width: this.#denoiser.inputChannels,
      ...(concat && { concat }),
    });
    const timesteps = Array<number>(rows.length * copies).fill(step.timestep);
    using predicted = await this.#denoiser.predict(input, timesteps, this.#conditioning);
    using noise = step.next.noise === 0 ? undefined : this.#draw(sources);
    const at = { x, predicted, history: this.#history, ...(noise && { noise }) };

    const { x: next, kept } = device.step(rows, at);
    const estimate = estimated
      ? device.step(rows.map((row) => ({ ...row, step: { ...withoutKeep(step), next: ESTIMATE } })), at).x
      : undefined;
    x[Symbol.dispose]();
    this.#latents = this.#putBack(next, then?.level ?? CLEAN);
    if (kept) this.#remember(kept);
    return estimate;
  }

  /** Disposes what the batch holds, its start included. */
  [Symbol.dispose](): void {
    const { given, ungiven, concat, keep } = this.#start;
    for (const each of [this.#conditioning, given, ungiven]) if (each) disposeConditioning(each);
    for (const tensor of [this.#latents, concat, keep?.original, keep?.noise, keep?.mask, ...this.#history]) {
      tensor?.[Symbol.dispose]();
    }
  }

  /** The kept parts of the picture as they look at this noise level, in place of what the step made of them. */
  #putBack(latents: Latents, { signal, noise }: Step["level"]): Latents {
    const { keep } = this.#start;
    if (!keep) return latents;
    using made = latents;
    using noised = combine(this.#device, keep.original, keep.noise, { x: signal, y: noise });
    return this.#device.mix(made, noised, keep.mask);
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
