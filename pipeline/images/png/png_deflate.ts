import { constants, createDeflate } from "node:zlib";

/**
 * A zlib stream that can be read up to any point: what `flush` returns is enough to decode all that was given so far.
 * `CompressionStream` has no such flush. Disposing it frees zlib's memory, at any time.
 */
export class FlushingDeflate implements Disposable {
  readonly #zlib;
  #parts: Uint8Array[] = [];

  /** @param level zlib's 0 (stored) to 9 (smallest) */
  constructor(level: number) {
    this.#zlib = createDeflate({ level });
    this.#zlib.on("data", (part: Uint8Array) => this.#parts.push(part));
  }

  /** Compresses bytes and flushes them to a byte border (`Z_SYNC_FLUSH`). */
  flush(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    return this.#take((done) => {
      this.#zlib.write(bytes);
      this.#zlib.flush(constants.Z_SYNC_FLUSH, done);
    });
  }

  /** Compresses the last bytes and ends the stream. */
  finish(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    return this.#take((done) => {
      this.#zlib.once("end", done);
      this.#zlib.end(bytes);
    });
  }

  [Symbol.dispose](): void {
    this.#zlib.destroy();
  }

  async #take(start: (done: (error?: Error | null) => void) => void): Promise<readonly Uint8Array[]> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#zlib.once("error", reject);
    start((error) => error ? reject(error) : resolve());
    await promise;
    this.#zlib.off("error", reject);
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}
