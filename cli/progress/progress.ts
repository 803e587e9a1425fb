import type { Output } from "../world.ts";

const WIDTH = 24;

/** One line on a terminal that tells how far a request is; elsewhere it stays silent. */
export class Progress {
  readonly #output: Output;
  readonly #count: number;
  readonly #now: () => number;
  /** When and where the first step ended: what came before it, such as compiling shaders, is no measure of the rest. */
  #first: { readonly time: number; readonly part: number } | undefined;

  /**
   * @param count how many pictures are made
   * @param now clock in milliseconds
   */
  constructor(output: Output, count: number, now: () => number = performance.now.bind(performance)) {
    this.#output = output;
    this.#count = count;
    this.#now = now;
  }

  /** Shows a text in place of the line. */
  async show(text: string): Promise<void> {
    if (this.#output.isTerminal()) await this.#output.write(`\r\x1b[K${text}`);
  }

  /** Shows that a batch of pictures is so many steps far. */
  async step(images: readonly number[], step: number, total: number): Promise<void> {
    const part = (images[0]! + images.length * step / total) / this.#count;
    this.#first ??= { time: this.#now(), part };
    const bar = "█".repeat(Math.floor(WIDTH * part)).padEnd(WIDTH, "░");
    const pictures = this.#count > 1 ? `  picture ${images[0]! + 1}–${images.at(-1)! + 1} of ${this.#count}` : "";
    await this.show(`${bar} ${Math.floor(100 * part)} %  step ${step}/${total}${pictures}${this.#eta(part)}`);
  }

  /** Leaves an empty line behind. */
  async clear(): Promise<void> {
    await this.show("");
  }

  #eta(part: number): string {
    const done = part - this.#first!.part;
    if (done <= 0) return "";
    const seconds = (this.#now() - this.#first!.time) / 1000 / done * (1 - part);
    return `  ETA ${seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.ceil(seconds / 60)} min`}`;
  }
}
