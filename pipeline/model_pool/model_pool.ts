import { FilesChangedError } from "../../models/graphs/files_changed_error.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import { Turns } from "../../runtime/turns.ts";
import type { Generate, GenerateOptions, GenerationEvent } from "../generation.ts";
import type { Generator } from "../generator.ts";
import type { GenerationRequest } from "../request/request.ts";
import type { LoadedModel, LoadedState } from "./loaded_model.ts";
import { LoadedModels } from "./loaded_models.ts";
import { ModelChangedError } from "./pool_errors.ts";
import type { ModelPoolOptions } from "./pool_options.ts";
import { until } from "./until.ts";

/** A model in memory, for lists and metrics. */
export interface LoadedView {
  readonly model: ModelInfo;
  readonly state: LoadedState;
  /** About how much memory it takes. */
  readonly bytes: number;
  /** How many jobs use it. */
  readonly jobs: number;
}

/**
 * Gives each request the model it asks for, and keeps what is loaded within a bound of memory. Every loaded model has a
 * worker of its own, for only the end of a worker gives the memory of WebAssembly back. Who needs a model that is not
 * there waits its turn, in which what was not used for longest makes room; so everybody gets what they wait for.
 */
export class ModelPool implements AsyncDisposable {
  readonly #options: ModelPoolOptions;
  readonly #loaded: LoadedModels;
  readonly #changes = new Turns();

  constructor(options: ModelPoolOptions) {
    this.#options = options;
    this.#loaded = new LoadedModels(options);
  }

  /** What may be asked for, the default first. It is always the same array, in which what is loaded anew takes its place. */
  get models(): readonly ModelInfo[] {
    return this.#loaded.list;
  }

  /**
   * Works on a request with the model it names, which is loaded first if need be. The iteration throws, beside what the
   * work throws, `ModelTooLargeError`, `ModelUnavailableError`, or `ModelChangedError` if it was checked against others. A model
   * that throws `FilesChangedError` must be loaded again.
   */
  readonly generate: Generate = (request, options) => this.#generate(request, options);

  /** What is in memory. */
  loaded(): readonly LoadedView[] {
    return this.#loaded.all.map(({ model, state, bytes, leases }) => ({ model, state, bytes, jobs: leases }));
  }

  /** Whether requests for a model need not wait for it to be loaded. */
  isReady(name: string): boolean {
    return this.#loaded.find(name)?.state === "ready";
  }

  /** Whether there was a device, and is none now. */
  get isLost(): boolean {
    const states = this.#loaded.current.map(({ state }) => state);
    return states.includes("lost") && !states.includes("ready");
  }

  /**
   * Loads a model. If it is loaded and its files have changed, what they hold now is checked and opened beside it first;
   * jobs under way end on what they have. If that fails nothing changes.
   *
   * @returns undefined if there is no such model
   * @throws {ModelTooLargeError | ModelUnavailableError}
   */
  load(name: string): Promise<Generator | undefined> {
    return this.#changes.take(async () => {
      if (!this.#find(name)) await this.#refresh();
      const known = this.#find(name);
      if (!known) return undefined;
      const current = this.#loaded.find(name);
      if (current) return await this.#reload(current, await this.#loaded.read(known));
      const loaded = await this.#loaded.lease(name, new AbortController().signal);
      try {
        return await this.#loaded.opened(loaded);
      } finally {
        this.#loaded.release(loaded);
      }
    });
  }

  /** Gives up a model as soon as the jobs that use it have ended; the next request for it loads it again. */
  async unload(name: string): Promise<void> {
    const current = this.#loaded.find(name);
    if (current) await this.#loaded.retire(current);
  }

  /** Looks for models again. What is loaded stays as it is. */
  refresh(): Promise<void> {
    return this.#changes.take(() => this.#refresh());
  }

  /** Ends everything that is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#loaded.all.filter(({ state }) => state !== "loading").map((model) => model.close()));
  }

  async *#generate(request: GenerationRequest, options: GenerateOptions): AsyncGenerator<GenerationEvent> {
    const { signal, modelHash } = options;
    const loaded = await this.#loaded.lease(request.model, signal);
    try {
      if (modelHash !== undefined && modelHash !== loaded.model.hash) throw new ModelChangedError(request.model);
      const generator = await until(signal, this.#loaded.opened(loaded));
      yield* generator.generate(request, options);
      loaded.worked();
    } catch (error) {
      if (error instanceof FilesChangedError) loaded.outdate(error);
      throw error;
    } finally {
      this.#loaded.release(loaded);
    }
  }

  async #reload(current: LoadedModel, model: ModelInfo): Promise<Generator> {
    if (model.hash === current.model.hash && !current.isOutdated) return await this.#loaded.opened(current);
    await this.#loaded.check(model);
    const fresh = await this.#loaded.beside(current, model);
    const generator = await this.#loaded.opened(fresh);
    this.#loaded.put(fresh);
    void this.#loaded.retire(current);
    return generator;
  }

  #find(name: string): ModelInfo | undefined {
    return this.models.find((model) => model.name === name);
  }

  async #refresh(): Promise<void> {
    const found = await this.#options.find();
    const models = found.map((model) => this.#loaded.find(model.name)?.model ?? model);
    this.#loaded.list.splice(0, Infinity, ...models);
  }
}
