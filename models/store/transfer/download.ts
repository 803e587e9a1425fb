import { dirname } from "node:path";
import { pieces } from "./body.ts";
import { Hasher } from "../digest.ts";
import { RefusedError } from "../errors.ts";
import { type Patience, retrying } from "./retry.ts";
import type { ListedFile, Source } from "../sources/source.ts";

/**
 * Brings one file here: into `<path>.part`, which later attempts and later runs go on with, and under its own name only
 * when size and sum are right.
 *
 * @param progress is told how many bytes more are here; fewer if an attempt starts again
 * @returns SHA-256 of the file
 * @throws {RefusedError} if the file is not the listed one; its part is removed then
 */
export async function download(
  file: ListedFile,
  source: Source,
  path: string,
  patience: Patience,
  progress: (bytes: number) => void,
): Promise<string> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  using out = await Deno.open(part, { create: true, read: true, write: true });
  try {
    const transfer = new Transfer(file, source, out, progress);
    const isResumed = await transfer.resume();
    await transfer.receive(patience);
    let { sha256, matches } = transfer.end();
    if (!matches && isResumed) {
      // What lay here may have been spoilt, by a crash for example, and not the server's fault.
      await transfer.restart();
      await transfer.receive(patience);
      ({ sha256, matches } = transfer.end());
    }
    if (!matches) {
      throw new RefusedError(
        `${file.path} has another ${file.digest!.algorithm} than the ${file.digest!.hex} it must have`,
      );
    }
    await out.syncData();
    await Deno.rename(part, path);
    return sha256;
  } catch (error) {
    if (error instanceof RefusedError) await Deno.remove(part);
    throw error;
  }
}

/** The part of a file that is here. */
class Transfer {
  #hasher: Hasher;
  #at = 0;
  /** A server that cannot resume may come no further than before, again and again. */
  #furthest = 0;

  constructor(
    readonly file: ListedFile,
    readonly source: Source,
    readonly out: Deno.FsFile,
    readonly progress: (bytes: number) => void,
  ) {
    this.#hasher = new Hasher(file.size, file.digest);
  }

  /** Takes what an earlier run left. @returns whether there was something */
  async resume(): Promise<boolean> {
    if ((await this.out.stat()).size > this.file.size) await this.out.truncate(0);
    const buffer = new Uint8Array(1 << 20);
    for (let count; (count = await this.out.read(buffer)) !== null;) this.#count(buffer.subarray(0, count));
    return this.#at > 0;
  }

  /** Throws away what is here. */
  async restart(): Promise<void> {
    this.progress(-this.#at);
    await this.out.truncate(0);
    await this.out.seek(0, Deno.SeekMode.Start);
    this.#hasher = new Hasher(this.file.size, this.file.digest);
    this.#at = 0;
  }

  /** Gets the rest, over as many connections as it takes. */
  async receive(patience: Patience): Promise<void> {
    const { file: { path, size }, source } = this;
    await retrying(async (advanced) => {
      if (this.#at === size) return;
      const { offset, total, body } = await source.open(this.file, this.#at, patience);
      if (total !== undefined && total !== size) {
        await body.cancel();
        throw new RefusedError(`${path} has ${total} bytes at its source; it must have ${size}`);
      }
      if (offset !== this.#at) await this.restart();
      for await (const piece of pieces(body, patience.stall, patience.signal)) {
        if (this.#at + piece.length > size) {
          throw new RefusedError(`${path} goes on after the ${size} bytes it must have`);
        }
        for (let rest = piece; rest.length > 0;) rest = rest.subarray(await this.out.write(rest));
        this.#count(piece);
        if (this.#at > this.#furthest) {
          this.#furthest = this.#at;
          advanced();
        }
      }
      if (this.#at < size) throw new Error(`${path} was cut off after ${this.#at} of ${size} bytes`);
    }, patience);
  }

  end(): ReturnType<Hasher["end"]> {
    return this.#hasher.end();
  }

  #count(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
    this.#at += bytes.length;
    this.progress(bytes.length);
  }
}
