import type { GenerateOptions } from "../../../pipeline/generation.ts";
import type { ModelPool } from "../../../pipeline/model_pool/model_pool.ts";
import type { ModelPoolOptions } from "../../../pipeline/model_pool/pool_options.ts";
import { FakeGenerators } from "../fake_generators.ts";
import { smallRequest } from "../fake_jobs.ts";
import { MODEL } from "../models.ts";

/** The models a, b and c, whose hashes are a1, b1 and c1. */
export const MODELS = ["a", "b", "c"].map((name) => ({
  ...MODEL,
  name,
  folder: `/models/${name}`,
  hash: `${name}1`,
}));

/** Makes pictures with a pool of fake models, two of which fit in memory. */
export class PoolClient {
  readonly generators = new FakeGenerators();
  readonly pool: ModelPool;

  /** @param options what differs from the usual */
  constructor(options: Partial<ModelPoolOptions> = {}) {
    this.pool = this.generators.pool({ models: MODELS, memory: 200, ...options });
  }

  /** Names of what is loaded. */
  get names(): readonly string[] {
    return this.pool.loaded().map(({ model }) => model.name);
  }

  /** Makes a picture and gives how many there were. */
  async make(model: string, steps = 2, options: Partial<GenerateOptions> = {}): Promise<number> {
    let pictures = 0;
    const { signal } = new AbortController();
    for await (const { type } of this.pool.generate(smallRequest({ model, steps }), { signal, ...options })) {
      pictures += Number(type === "image");
    }
    return pictures;
  }

  /** A job that goes on until it is told to end. */
  begin(model: string): { readonly ended: Promise<unknown>; end(): Promise<unknown> } {
    const abort = new AbortController();
    this.generators.fake.stepTime = 1;
    const ended = this.make(model, 100_000, { signal: abort.signal }).catch((error) => error);
    return { ended, end: () => (abort.abort(new Error("enough")), ended) };
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
