import { createHash, type Hash } from "node:crypto";

/** What a file must be: the SHA-256 of its bytes, or the SHA-1 that git names it by. */
export interface Digest {
  readonly algorithm: "sha256" | "git-sha1";
  /** Lower-case hexadecimal digits. */
  readonly hex: string;
}

/** A digest by its hexadecimal digits, whose number tells the algorithm; undefined if it is none. */
export function digestOf(hex: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: "sha256", hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { algorithm: "git-sha1", hex } : undefined;
}

/** Sums a file while its bytes come by: SHA-256 always, git's only if that is what it is compared with. */
export class Hasher {
  readonly #sha256: Hash = createHash("sha256");
  readonly #git: Hash | undefined;
  readonly #wanted: Digest | undefined;

  /** @param size of the whole file in bytes, which git sums too */
  constructor(size: number, wanted: Digest | undefined) {
    this.#wanted = wanted;
    if (wanted?.algorithm === "git-sha1") this.#git = createHash("sha1").update(`blob ${size}\0`);
  }

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#git?.update(bytes);
  }

  /** Ends it. @returns the SHA-256, and whether the file is the wanted one */
  end(): { readonly sha256: string; readonly matches: boolean } {
    const sha256 = this.#sha256.digest("hex");
    const sum = this.#git?.digest("hex") ?? sha256;
    return { sha256, matches: this.#wanted === undefined || this.#wanted.hex === sum };
  }
}

/** Reads a whole file to sum it. */
export async function hashFile(path: string, wanted?: Digest): Promise<ReturnType<Hasher["end"]>> {
  using file = await Deno.open(path);
  const hasher = new Hasher((await file.stat()).size, wanted);
  const buffer = new Uint8Array(1 << 20);
  for (let count; (count = await file.read(buffer)) !== null;) hasher.update(buffer.subarray(0, count));
  return hasher.end();
}
