import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { hashFile } from "../store/digest.ts";
import { linkedSum } from "../store/hub_cache.ts";
import { readManifest } from "../store/manifest.ts";

/** Hexadecimal digits of a model's hash, as many as A1111 writes into pictures. */
const DIGITS = 10;

/**
 * Names the exact files of a model folder: the first digits of a SHA-256 over the sorted lines `sha256  path`.
 *
 * The sums come from `manifest.json` where the folder has one (`{ path: { sha256 } }`), or from the names of the blobs in
 * the hub's cache, so that starting does not read the weights twice; otherwise every file is read.
 */
export async function weightsHash(folder: string): Promise<string> {
  const sums = await manifestSums(folder) ?? await fileSums(folder);
  const lines = [...sums].map(([path, sum]) => `${sum}  ${path}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex").slice(0, DIGITS);
}

async function manifestSums(folder: string): Promise<Map<string, string> | undefined> {
  const files = await readManifest(folder);
  return files && new Map(files.map(({ path, digest }) => [path, digest.hex]));
}

async function fileSums(folder: string, below = folder): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(below)) {
    const path = join(below, name);
    if (isDirectory) { for (const [name, sum] of await fileSums(folder, path)) sums.set(name, sum); }
    else {
      const known = isSymlink ? await linkedSum(folder, path) : undefined;
      sums.set(relative(folder, path), known?.algorithm === "sha256" ? known.hex : (await hashFile(path)).sha256);
    }
  }
  return sums;
}
