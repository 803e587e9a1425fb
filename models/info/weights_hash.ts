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
      const linked = isSymlink ? await linkedSum(folder, path) : undefined;
      sums.set(relative(folder, path), linked?.algorithm === "sha256" ? linked.hex : await sumOf(path));
    }
  }
  return sums;
}

/** Sums of files that were read before in this process, with what their entries in the file system said then. */
const known = new Map<string, { readonly stamp: string; readonly sum: Promise<string> }>();

/** A server looks at its models again and again, and they have gigabytes; a file is read anew if its entry has changed. */
async function sumOf(path: string): Promise<string> {
  const { size, mtime, ctime, ino } = await Deno.stat(path);
  const stamp = [size, mtime?.getTime(), ctime?.getTime(), ino].join();
  const before = known.get(path);
  if (before?.stamp === stamp) return await before.sum;
  const sum = hashFile(path).then(({ sha256 }) => sha256);
  known.set(path, { stamp, sum });
  sum.catch(() => known.delete(path));
  return await sum;
}
