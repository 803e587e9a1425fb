import type { FilesChangedError } from "../../models/graphs/files_changed_error.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import type { Generator } from "../generator.ts";
import type { ModelEvent } from "./model_events.ts";

/** What a model in memory needs from its pool. */
export interface LoadedModelOptions {
  readonly model: ModelInfo;
  /** About how much memory it takes, as far as is known before it is open. */
  readonly bytes: number;
  readonly open: (model: ModelInfo) => Promise<Generator>;
  readonly tell: (event: ModelEvent) => void;
  /** Milliseconds before the second attempt to open a lost device; doubled each time. */
  readonly pause: number;
}

/** Where a model in memory is in its life. */
export type LoadedState = "loading" | "ready" | "lost";

/** Longest pause between attempts, in milliseconds. */
const LONGEST_PAUSE = 60_000;

/** One model in memory, which is opened again by itself when its device is lost, as often as it takes. */
export class LoadedModel {
  readonly model: ModelInfo;
  /** About how much memory it takes. */
  bytes: number;
  state: LoadedState = "loading";
  /** How many jobs use it. */
  leases = 0;
  /** When the last of them ended, as `performance.now()` tells time. */
  lastUsed = performance.now();
  /** Ends it where nobody has used it for long. */
  timer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: LoadedModelOptions;
  readonly #closing = new AbortController();
  #generator: Promise<Generator>;
  #losses = 0;
  #closed: Promise<void> | undefined;
  #isOutdated = false;

  /** Begins to open it. */
  constructor(options: LoadedModelOptions) {
    this.model = options.model;
    this.bytes = options.bytes;
    this.#options = options;
    this.#generator = this.#begin();
    this.#generator.catch(() => {});
  }

  /** What makes its pictures, as soon as it is open. @throws {Error} if it cannot be opened the first time */
  get generator(): Promise<Generator> {
    return this.#generator;
  }

  /** Says that it does what it is there for, so that the next loss is not counted with those before. */
  worked(): void {
    this.#losses = 0;
  }

  /** Whether its files are not those any more that it was opened with, and it needs them. */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  /** Says why only what its files hold now, opened anew, can take its place. */
  outdate(error: FilesChangedError): void {
    if (!this.#isOutdated) this.#options.tell({ type: "failed", model: this.model, error });
    this.#isOutdated = true;
  }

  /** Gives its memory back; what runs on it is stopped. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    clearTimeout(this.timer);
    this.#closing.abort();
    const generator = await this.#generator.catch(() => undefined);
    const { tell } = this.#options;
    const { model } = this;
    try {
      await generator?.[Symbol.asyncDispose]();
    } catch (error) {
      tell({ type: "failed", model, error });
    }
    if (generator || this.state === "lost") tell({ type: "unloaded", model });
  }

  async #begin(): Promise<Generator> {
    const { open, tell } = this.#options;
    const { model } = this;
    tell({ type: "loading", model });
    const start = performance.now();
    try {
      const generator = await open(model);
      void generator.lost.then((error) => this.#recover(generator, error));
      this.state = "ready";
      tell({ type: "loaded", model, device: generator.device, time: performance.now() - start });
      return generator;
    } catch (error) {
      tell({ type: "failed", model, error });
      throw error;
    }
  }

  #recover(lost: Generator, error: Error): void {
    if (this.#closing.signal.aborted) return;
    this.state = "lost";
    this.#options.tell({ type: "lost", model: this.model, error });
    this.#generator = this.#reopen(lost);
    this.#generator.catch(() => {});
  }

  async #reopen(lost: Generator): Promise<Generator> {
    await lost[Symbol.asyncDispose]();
    while (true) {
      const pause = this.#losses === 0 ? 0 : this.#options.pause * 2 ** (this.#losses - 1);
      this.#losses++;
      await sleep(Math.min(pause, LONGEST_PAUSE), this.#closing.signal);
      try {
        return await this.#begin();
      } catch {
        // Who watches was told; the next attempt may do better.
      }
    }
  }
}

/** @throws the signal's reason as soon as it is aborted */
function sleep(time: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, time);
  const stop = () => {
    clearTimeout(timer);
    reject(signal.reason);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return promise;
}
