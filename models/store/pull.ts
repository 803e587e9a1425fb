import { posix } from "node:path";
import { freeSpace } from "./transfer/disk_space.ts";
import { download } from "./transfer/download.ts";
import { RefusedError } from "./errors.ts";
import { checkLength, externalFiles } from "./graph/external_files.ts";
import { readExternalTensors } from "./graph/graph_tensors.ts";
import { lockFile } from "./transfer/lock.ts";
import type { Patience } from "./transfer/retry.ts";
import type { ListedFile, Source } from "./sources/source.ts";
import type { Target } from "./target.ts";
import { graphFiles, isConfigFile } from "./wanted_files.ts";

/** Files that are fetched at the same time. */
const PARALLEL = 4;

/** How a pull is told about. */
export interface PullProgress {
  /** Bytes that are here, of those that are known to be needed. */
  bytes(done: number, total: number): void;
  /** Another process pulls the same model. */
  waiting(): void;
}

/** A model that is here. */
export interface Pulled {
  readonly folder: string;
  /** Bytes of the files that were not complete here before. */
  readonly fetched: number;
}

/**
 * Brings a model here: first its configs, which tell the graphs, then the graphs, which tell the files of their weights.
 *
 * @throws {RefusedError} if a file is wrong; nothing of this run is kept then. After any other error, what came stays for
 *   the next run to go on with.
 */
export async function pull(source: Source, target: Target, patience: Patience, told: PullProgress): Promise<Pulled> {
  const present = await target.present(source);
  if (present !== undefined) return { folder: present, fetched: 0 };
  using _lock = await lockFile(target.lock, patience.signal, () => told.waiting());
  const run = new Run(source, target, patience, told);
  try {
    const folder = await target.present(source);
    if (folder === undefined) return { folder: await run.complete(), fetched: run.fetched };
    // Whoever held the lock pulled the same.
    await target.discard([]);
    return { folder, fetched: 0 };
  } catch (error) {
    if (error instanceof RefusedError) await target.discard(run.own);
    throw error;
  }
}

class Run {
  /** Files that this run fetches or fetched. */
  readonly own: ListedFile[] = [];
  fetched = 0;
  readonly #files: ListedFile[] = [];
  readonly #sums = new Map<string, string>();
  #done = 0;
  #total = 0;

  constructor(
    readonly source: Source,
    readonly target: Target,
    readonly patience: Patience,
    readonly told: PullProgress,
  ) {}

  async complete(): Promise<string> {
    const { files, origin } = this.source;
    const listed = new Map(files.map((file) => [file.path, file]));
    if (!listed.has("model_index.json")) {
      throw new RefusedError(`${origin} has no model_index.json; it must be a pipeline in the layout of diffusers`);
    }
    await this.#fetch(files.filter(({ path }) => isConfigFile(path)));
    const graphs = await graphFiles(files.map(({ path }) => path), (path) => this.#json(listed.get(path)!));
    if (graphs.length === 0) {
      throw new RefusedError(`${origin} has no ONNX graphs such as unet/model.onnx; export it to ONNX first`);
    }
    await this.#fetch(graphs.map((path) => listed.get(path)!));
    await this.#fetch(this.#weightsOf(graphs.map((path) => listed.get(path)!), listed));
    return await this.target.finish(this.#files, this.#sums);
  }

  async #json(file: ListedFile): Promise<unknown> {
    try {
      return JSON.parse(await Deno.readTextFile(this.target.pathOf(file)));
    } catch (error) {
      throw error instanceof SyntaxError ? new RefusedError(`${file.path} is not JSON: ${error.message}`) : error;
    }
  }

  #weightsOf(graphs: readonly ListedFile[], listed: ReadonlyMap<string, ListedFile>): readonly ListedFile[] {
    const weights = new Map<string, ListedFile>();
    for (const graph of graphs) {
      for (
        const [name, bytes] of externalFiles(readExternalTensors(this.target.pathOf(graph), graph.path), graph.path)
      ) {
        const path = posix.join(posix.dirname(graph.path), name);
        const file = listed.get(path);
        if (file === undefined) throw new RefusedError(`${path} is missing; ${graph.path} has its weights there`);
        checkLength(path, file.size, bytes);
        weights.set(path, file);
      }
    }
    return [...weights.values()];
  }

  async #fetch(files: readonly ListedFile[]): Promise<void> {
    const missing: ListedFile[][] = [];
    for (const same of Map.groupBy(files, (file) => this.target.pathOf(file)).values()) {
      const sum = await this.target.completed(same[0]!);
      if (sum === undefined) missing.push(same);
      else this.#keep(same, sum);
    }
    await this.#expect(missing.map(([file]) => file!));
    const stop = new AbortController();
    const patience = { ...this.patience, signal: AbortSignal.any([this.patience.signal, stop.signal]) };
    const queue = missing.values();
    const workers = Array.from({ length: PARALLEL }, async () => {
      for (const same of queue) {
        const [file] = same as [ListedFile];
        this.own.push(file);
        const sum = await download(
          file,
          this.source,
          this.target.pathOf(file),
          patience,
          (bytes) => this.#count(bytes),
        );
        this.#keep(same, sum);
      }
    });
    try {
      await Promise.all(workers);
    } catch (error) {
      stop.abort(error);
      throw error;
    } finally {
      await Promise.allSettled(workers);
    }
  }

  async #expect(missing: readonly ListedFile[]): Promise<void> {
    const [first] = missing;
    const needed = missing.reduce((sum, { size }) => sum + size, 0);
    this.#total += needed;
    const free = first && await freeSpace(this.target.pathOf(first));
    if (free !== undefined && needed > free) {
      throw new Error(`${this.source.origin} needs ${needed} bytes more, but only ${free} are free; make room first`);
    }
  }

  #count(bytes: number): void {
    this.#done += bytes;
    this.fetched += bytes;
    this.told.bytes(this.#done, this.#total);
  }

  #keep(same: readonly ListedFile[], sum: string): void {
    this.#files.push(...same);
    for (const { path } of same) this.#sums.set(path, sum);
  }
}
