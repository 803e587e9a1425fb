import { join } from "node:path";
import { ifThere } from "../files/if_there.ts";
import { type Digest, digestOf } from "./digest.ts";
import { RefusedError } from "./errors.ts";
import { safePath } from "./safe_path.ts";
import type { ListedFile } from "./sources/source.ts";

/** Name of the file that tells size and SHA-256 of every other file: `{ path: { size, sha256 } }`. */
export const MANIFEST = "manifest.json";

/** A file of a manifest, whose sum is always told. */
export interface ManifestFile extends ListedFile {
  readonly digest: Digest;
}

/**
 * Reads a manifest.
 *
 * @param shown its name in errors
 * @throws {RefusedError} if an entry is wrong or leaves the folder
 */
export function parseManifest(text: string, shown: string): readonly ManifestFile[] {
  let entries: [string, unknown][];
  try {
    entries = Object.entries(JSON.parse(text));
  } catch (error) {
    throw new RefusedError(`${shown} is no manifest: ${(error as Error).message}`);
  }
  return entries.map(([name, entry]) => {
    const path = safePath(name, shown);
    const { size, sha256 } = (entry ?? {}) as { size?: unknown; sha256?: unknown };
    const digest = digestOf(String(sha256));
    if (digest?.algorithm !== "sha256" || typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      throw new RefusedError(`${path} in ${shown} has no size and sha256`);
    }
    return { path, size, digest };
  });
}

/** The manifest of a folder, undefined if it has none. */
export async function readManifest(folder: string): Promise<readonly ManifestFile[] | undefined> {
  const path = join(folder, MANIFEST);
  const text = await ifThere(Deno.readTextFile(path));
  return text === undefined ? undefined : parseManifest(text, path);
}

/** Writes the manifest of files whose sums were just taken. */
export async function writeManifest(
  folder: string,
  files: readonly ListedFile[],
  sums: ReadonlyMap<string, string>,
): Promise<void> {
  const entries = files.map(({ path, size }) => [path, { size, sha256: sums.get(path)! }] as const);
  const text = JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))), null, 2);
  await Deno.writeTextFile(join(folder, MANIFEST), `${text}\n`);
}
