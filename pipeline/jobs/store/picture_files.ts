import { createHash } from "node:crypto";
import { join } from "node:path";
import { StorageError } from "../job_errors.ts";

/** A picture's file that is on the disk, but has no name yet. */
export interface WrittenPicture {
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Gives it its name, from one moment to the next. @throws {StorageError} */
  keep(): void;
  /** Removes it. */
  discard(): void;
}

/** Where pictures are, named by their contents. */
export interface PictureFiles {
  /** @throws {StorageError} with nothing left behind */
  write(bytes: Uint8Array): Promise<WrittenPicture>;
  /** @throws {StorageError} if it is not there */
  read(sha256: string): Promise<Uint8Array<ArrayBuffer>>;
  remove(sha256: string): void;
  /** Removes everything else, such as what a crash left half-written. */
  retain(sha256s: ReadonlySet<string>): void;
}

/** Pictures as files of one folder, which nobody else writes to. */
export class PictureFolder implements PictureFiles {
  readonly #folder: string;

  /** @param folder made if it is not there */
  constructor(folder: string) {
    this.#folder = folder;
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  async write(bytes: Uint8Array): Promise<WrittenPicture> {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const unnamed = join(this.#folder, `${crypto.randomUUID()}.part`);
    try {
      using file = await Deno.open(unnamed, { write: true, createNew: true, mode: 0o600 });
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
      await file.sync();
    } catch (error) {
      this.#discard(unnamed);
      throw new StorageError("The picture could not be written", { cause: error });
    }
    return {
      sha256,
      bytes: bytes.length,
      keep: () => this.#keep(unnamed, sha256),
      discard: () => this.#discard(unnamed),
    };
  }

  async read(sha256: string): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await Deno.readFile(this.#pathOf(sha256));
    } catch (error) {
      throw new StorageError("The picture could not be read", { cause: error });
    }
  }

  remove(sha256: string): void {
    this.#discard(this.#pathOf(sha256));
  }

  retain(sha256s: ReadonlySet<string>): void {
    const names = new Set([...sha256s].map((sha256) => `${sha256}.png`));
    for (const { name } of [...Deno.readDirSync(this.#folder)]) {
      if (!names.has(name)) this.#discard(join(this.#folder, name));
    }
  }

  #keep(unnamed: string, sha256: string): void {
    try {
      Deno.renameSync(unnamed, this.#pathOf(sha256));
      // The name is in the folder's own pages.
      using folder = Deno.openSync(this.#folder);
      folder.syncSync();
    } catch (error) {
      this.#discard(unnamed);
      throw new StorageError("The picture could not be written", { cause: error });
    }
  }

  #pathOf(sha256: string): string {
    return join(this.#folder, `${sha256}.png`);
  }

  #discard(path: string): void {
    try {
      Deno.removeSync(path);
    } catch {
      // What cannot be removed now is removed by the next start.
    }
  }
}
