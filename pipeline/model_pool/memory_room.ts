import { until } from "./until.ts";
import type { LoadedModel } from "./loaded_model.ts";

/** The memory that models share: who needs room waits until there is some, after those who came before. */
export class MemoryRoom {
  readonly #size: number;
  readonly #models = new Set<LoadedModel>();
  #news = Promise.withResolvers<void>();

  /** @param size in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /** How much there is in all, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Everything that takes memory now, also what is opening or on its way out. */
  get models(): ReadonlySet<LoadedModel> {
    return this.#models;
  }

  /** Counts a model. */
  add(model: LoadedModel): void {
    this.#models.add(model);
  }

  /** Resolves when no job uses a model. */
  async unused(model: LoadedModel): Promise<void> {
    while (model.leases > 0) await this.#news.promise;
  }

  /** Closes a model, and counts it no more. */
  async remove(model: LoadedModel): Promise<void> {
    await model.close();
    this.#models.delete(model);
    this.tell();
  }

  /** Says that something has changed which others may wait for. */
  tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /**
   * Makes room by giving up what was not used for longest and is not in use; waits where all is in use.
   *
   * @param bytes at most what there is in all
   * @param giveUp closes a model, by way of {@link remove}
   * @param spared stays, whatever happens
   */
  async make(
    bytes: number,
    signal: AbortSignal,
    giveUp: (model: LoadedModel) => Promise<void>,
    spared?: LoadedModel,
  ): Promise<void> {
    while (this.#used() + bytes > this.#size) {
      signal.throwIfAborted();
      const [oldest] = [...this.#models].filter((model) =>
        model !== spared && model.leases === 0 && model.state !== "loading"
      ).toSorted((a, b) => a.lastUsed - b.lastUsed);
      if (oldest) await giveUp(oldest);
      else await until(signal, this.#news.promise);
    }
  }

  #used(): number {
    return [...this.#models].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
