import type { Timings } from "../pipeline/generation.ts";

/** One way of making the picture of the benchmark. */
export interface Contestant extends AsyncDisposable {
  /** Name and what it runs on. */
  readonly name: string;
  /** Makes one guided picture of 128x128 and tells the milliseconds of each stage. */
  image(steps: number): Promise<Timings>;
}
