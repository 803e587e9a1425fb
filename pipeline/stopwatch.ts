/** Adds up the milliseconds spent in named stages. */
export class Stopwatch<Stage extends string> {
  readonly #spent: Record<Stage, number>;

  constructor(...stages: readonly Stage[]) {
    this.#spent = Object.fromEntries(stages.map((stage) => [stage, 0])) as Record<Stage, number>;
  }

  /** Runs the work and counts its time, also when it fails. */
  async time<T>(stage: Stage, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#spent[stage] += performance.now() - start;
    }
  }

  /** A copy of the sums so far, in milliseconds. */
  get spent(): Readonly<Record<Stage, number>> {
    return { ...this.#spent };
  }
}
