import type { PullProgress } from "../../models/store/pull.ts";
import { shownBytes } from "./bytes.ts";
import type { Output } from "../world.ts";

/** Milliseconds between two states of the line. */
const INTERVAL = 100;

/** One line on a terminal that tells how much of a model is here. */
export class PullLine implements PullProgress {
  readonly #output: Output;
  readonly #isQuiet: boolean;
  readonly #start = performance.now();
  #last = -Infinity;
  #first: number | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(output: Output, isQuiet = false) {
    this.#output = output;
    this.#isQuiet = isQuiet;
  }

  bytes(done: number, total: number): void {
    // What an earlier run left is no measure of the connection.
    this.#first ??= done;
    const now = performance.now();
    if (!this.#output.isTerminal() || (now - this.#last < INTERVAL && done < total)) return;
    this.#last = now;
    const speed = (done - this.#first) / (now - this.#start) * 1000;
    const eta = speed > 0 && done < total ? `  ETA ${Math.ceil((total - done) / speed)} s` : "";
    const percent = Math.floor(100 * done / Math.max(total, 1));
    this.#show(`\r\x1b[K${shownBytes(done)} of ${shownBytes(total)}  ${percent} %  ${shownBytes(speed)}/s${eta}`);
  }

  waiting(): void {
    this.#show("waiting for another pull of the same model\n");
  }

  /** Leaves an empty line behind. */
  async end(): Promise<void> {
    if (this.#output.isTerminal()) this.#show("\r\x1b[K");
    await this.#writing;
  }

  #show(text: string): void {
    if (!this.#isQuiet) this.#writing = this.#writing.then(() => this.#output.write(text));
  }
}
