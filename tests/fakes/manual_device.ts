import type { Generate, GenerationEvent } from "../../pipeline/generation.ts";
import { fill } from "./fake_generate.ts";

/** A device whose jobs are named by their prompts and do one event each time they are told. */
export class ManualDevice {
  /** What was begun and ended. */
  readonly log: string[] = [];
  #go = Promise.withResolvers<void>();

  readonly generate: Generate = (request, { signal }) => this.#run(request, signal);

  async *#run(request: Parameters<Generate>[0], signal: AbortSignal): AsyncGenerator<GenerationEvent> {
    const { prompt, steps: total, count, seed } = request;
    this.log.push(`${prompt} starts`);
    try {
      const timings = { text: 1, denoise: 2, decode: 3 };
      const images = Array.from({ length: count }, (_, i) => i);
      for (let step = 1; step <= total; step++) {
        await this.#turn(signal);
        yield { type: "step", images, step, total, timings };
      }
      for (const index of images) {
        await this.#turn(signal);
        yield { type: "image", index, seed: seed + index, image: fill(request, seed + index), timings };
      }
    } finally {
      this.log.push(`${prompt} ends`);
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    await this.#go.promise;
    signal.throwIfAborted();
  }

  /** Lets every job that runs do one event. */
  async step(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) {
      await settled();
      this.#go.resolve();
      this.#go = Promise.withResolvers();
      await settled();
    }
  }
}

/** Lets everything happen that can happen without the device. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
