import type { Generate, GenerationEvent } from "../../pipeline/generation.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";

/** A generator without a model: its pictures show their seed in every pixel, and it tells what was done with it. */
export class FakeGenerate {
  /** Every request that came. */
  readonly requests: GenerationRequest[] = [];
  /** Steps done over all requests. */
  steps = 0;
  /** Why the last request ended early, if it did. */
  aborted: unknown;
  /** Milliseconds a step takes. */
  stepTime = 0;
  /** Thrown after so many steps. */
  failure: { readonly after: number; readonly error: Error } | undefined;
  /** What is said before the first step. */
  notice: string | undefined;

  readonly generate: Generate = (request, options) => this.#run(request, options);

  async *#run(request: GenerationRequest, options: Parameters<Generate>[1]): AsyncGenerator<GenerationEvent> {
    this.requests.push(request);
    try {
      yield* this.#work(request, options);
    } finally {
      // Who listens may leave between two steps; the work is ended then, too, but not by itself.
      if (options.signal.aborted) this.aborted = options.signal.reason;
    }
  }

  async *#work(
    request: GenerationRequest,
    { signal, previewEvery }: Parameters<Generate>[1],
  ): AsyncGenerator<GenerationEvent> {
    const timings = { text: 1.5, denoise: 20, decode: 3 };
    if (this.notice !== undefined) yield { type: "notice", message: this.notice };
    for (let step = 1; step <= request.steps; step++) {
      await new Promise((resolve) => setTimeout(resolve, this.stepTime));
      signal.throwIfAborted();
      this.steps++;
      if (this.failure?.after === step) throw this.failure.error;
      const shown = previewEvery !== undefined && step % previewEvery === 0 && step < request.steps;
      const images = Array.from({ length: request.count }, (_, i) => i);
      yield {
        type: "step",
        images,
        step,
        total: request.steps,
        ...(shown && { preview: fill(request, step) }),
        timings,
      };
    }
    for (let index = 0; index < request.count; index++) {
      const seed = request.seed + index;
      yield { type: "image", index, seed, image: fill(request, seed), timings };
    }
  }
}

/** A picture whose pixels are all the three bytes of a number. */
export function fill({ width, height }: { readonly width: number; readonly height: number }, value: number): Pixels {
  const pixel = [value >> 16 & 255, value >> 8 & 255, value & 255];
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => pixel[i % 3]!) };
}
