import type { ModelInfo } from "../../models/model_info.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { Turns } from "../../runtime/turns.ts";
import type { Generator } from "../generator.ts";
import { LoadedModel } from "./loaded_model.ts";
import { MemoryRoom } from "./memory_room.ts";
import { ModelChangedError, ModelTooLargeError, ModelUnavailableError } from "./pool_errors.ts";
import type { ModelPoolOptions } from "./pool_options.ts";
import { until } from "./until.ts";

/** The models in memory, and who uses them. */
export class LoadedModels {
  /** What may be asked for, the default first; the array stays, its entries change. */
  readonly list: ModelInfo[];
  readonly #options: ModelPoolOptions;
  readonly #room: MemoryRoom;
  /** What requests are given, by name. */
  readonly #byName = new Map<string, LoadedModel>();
  readonly #turns = new Turns();
  #device: DeviceName | undefined;

  constructor(options: ModelPoolOptions) {
    this.list = [...options.models];
    this.#options = options;
    this.#room = new MemoryRoom(options.memory);
  }

  /** Everything that takes memory, also what is on its way in or out. */
  get all(): readonly LoadedModel[] {
    return [...this.#room.models];
  }

  /** Those that requests are given. */
  get current(): readonly LoadedModel[] {
    return [...this.#byName.values()];
  }

  /** What requests for a model are given, if it is loaded or begins to be. */
  find(name: string): LoadedModel | undefined {
    return this.#byName.get(name);
  }

  /** A model that stays where it is until it is released; loaded first if need be, when the turn has come. */
  async lease(name: string, signal: AbortSignal): Promise<LoadedModel> {
    const turn = this.#turns.take(async () => {
      signal.throwIfAborted();
      const loaded = await this.#get(name, signal);
      signal.throwIfAborted();
      clearTimeout(loaded.timer);
      loaded.leases++;
      return loaded;
    });
    try {
      return await until(signal, turn);
    } catch (error) {
      void turn.then((loaded) => this.release(loaded), () => {});
      throw error;
    }
  }

  /** The end of a lease. */
  release(loaded: LoadedModel): void {
    loaded.leases--;
    loaded.lastUsed = performance.now();
    this.#rest(loaded);
    this.#room.tell();
  }

  /** Begins to load a model beside another, when the turn has come. */
  beside(current: LoadedModel, model: ModelInfo): Promise<LoadedModel> {
    return this.#turns.take(() => this.#add(model, new AbortController().signal, current));
  }

  /** What a model generates with, as soon as it is open. @throws {ModelUnavailableError} */
  async opened(loaded: LoadedModel): Promise<Generator> {
    return await loaded.generator.catch((error) => refuse(loaded.model, error));
  }

  /** Puts a model where requests find it. */
  put(loaded: LoadedModel): void {
    const { name } = loaded.model;
    this.#byName.set(name, loaded);
    const index = this.list.findIndex((model) => model.name === name);
    if (index !== -1) this.list[index] = loaded.model;
  }

  /** Takes a model away from requests, and closes it when the last of its jobs has ended. */
  async retire(loaded: LoadedModel): Promise<void> {
    if (this.#byName.get(loaded.model.name) === loaded) this.#byName.delete(loaded.model.name);
    await this.#room.unused(loaded);
    await this.#room.remove(loaded);
  }

  /** Reads what a model's files hold now. @throws {ModelUnavailableError} */
  async read(model: ModelInfo): Promise<ModelInfo> {
    return await this.#options.read(model).catch((error) => refuse(model, error));
  }

  /** Checks every byte of a model. @throws {ModelUnavailableError} */
  async check(model: ModelInfo): Promise<void> {
    await this.#options.check(model).catch((error) => refuse(model, error));
  }

  async #get(name: string, signal: AbortSignal): Promise<LoadedModel> {
    const current = this.#byName.get(name);
    if (current) return current;
    const known = this.list.find((model) => model.name === name);
    if (!known) throw new ModelChangedError(name);
    const loaded = await this.#add(await this.read(known), signal);
    this.put(loaded);
    return loaded;
  }

  /** Makes room for a model and begins to load it. @param beside what is to stay meanwhile */
  async #add(model: ModelInfo, signal: AbortSignal, beside?: LoadedModel): Promise<LoadedModel> {
    const { sizeOf, open, onEvent = () => {}, pause = 1000 } = this.#options;
    const bytes = await sizeOf(model, this.#device).catch((error) => refuse(model, error));
    const besides = beside?.bytes ?? 0;
    if (bytes + besides > this.#room.size) throw new ModelTooLargeError(model.name, bytes, besides, this.#room.size);
    await this.#room.make(bytes, signal, (oldest) => this.retire(oldest), beside);
    const loaded = new LoadedModel({ model, bytes, open, tell: onEvent, pause });
    this.#room.add(loaded);
    loaded.generator.then(async ({ device, plan }) => {
      this.#device = device.name;
      this.#rest(loaded);
      // What its files say is no reason to give up a model that is open.
      loaded.bytes = await sizeOf(model, device.name, plan).catch(() => bytes);
      this.#room.tell();
    }, () => this.retire(loaded));
    return loaded;
  }

  /** Gives a model up after a while in which nobody has used it. */
  #rest(loaded: LoadedModel): void {
    const { idle } = this.#options;
    if (idle === undefined || loaded.leases > 0) return;
    clearTimeout(loaded.timer);
    loaded.timer = setTimeout(() => void this.retire(loaded), idle);
    Deno.unrefTimer(loaded.timer);
  }
}

function refuse({ name, folder }: ModelInfo, error: unknown): never {
  throw new ModelUnavailableError(name, folder, error);
}
