import type { MemoryPlan } from "../../models/memory/memory_plan.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import type { Generator } from "../../pipeline/generator.ts";
import type { ModelEvent } from "../../pipeline/model_pool/model_events.ts";
import { ModelPool } from "../../pipeline/model_pool/model_pool.ts";
import type { ModelPoolOptions } from "../../pipeline/model_pool/pool_options.ts";
import { DeviceLostError } from "../../runtime/device_lost_error.ts";
import { FakeGenerate } from "./fake_generate.ts";

/** Opens fake generators for models, and tells what was opened and closed. */
export class FakeGenerators {
  /** Makes the pictures of all of them. */
  readonly fake = new FakeGenerate();
  /** `open name hash`, `close name hash`, in order. */
  readonly log: string[] = [];
  /** Why models cannot be opened, by name. */
  readonly obstacles = new Map<string, Error>();
  /** What happened to the models in memory. */
  readonly events: ModelEvent[] = [];
  /** How all of them are held. */
  plan: MemoryPlan = "whole";
  readonly #lost = new Map<string, (error: DeviceLostError) => void>();

  readonly open = async (model: ModelInfo): Promise<Generator> => {
    const label = `${model.name} ${model.hash}`;
    this.log.push(`open ${label}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const obstacle = this.obstacles.get(model.name);
    if (obstacle) throw obstacle;
    const lost = Promise.withResolvers<DeviceLostError>();
    this.#lost.set(model.name, lost.resolve);
    return {
      device: { name: "wasm", description: "fake" },
      model,
      plan: this.plan,
      generate: this.fake.generate,
      lost: lost.promise,
      [Symbol.asyncDispose]: () => Promise.resolve(void this.log.push(`close ${label}`)),
    };
  };

  /** Takes a model's device away. */
  lose(name: string): void {
    this.#lost.get(name)!(new DeviceLostError("It was unplugged"));
  }

  /** A pool of these; every model takes 100 bytes. */
  pool(options: Partial<ModelPoolOptions> & Pick<ModelPoolOptions, "models">): ModelPool {
    return new ModelPool({
      open: this.open,
      sizeOf: () => Promise.resolve(100),
      memory: 1000,
      read: (model) => Promise.resolve(model),
      find: () => Promise.resolve(options.models),
      check: () => Promise.resolve(),
      onEvent: (event) => this.events.push(event),
      pause: 1,
      ...options,
    });
  }
}
