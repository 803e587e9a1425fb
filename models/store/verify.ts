import { join } from "node:path";
import { type Digest, hashFile } from "./digest.ts";
import { RefusedError } from "./errors.ts";
import { checkInside, openableExternalFiles } from "./graph/external_files.ts";
import { linkedSum } from "./hub_cache.ts";
import { readManifest } from "./manifest.ts";

/** What a check of a model found. */
export interface Verdict {
  /** Files whose sum was compared. */
  readonly files: number;
  /** Files without a known sum, of which only place and sizes were checked. */
  readonly unknown: number;
  /** What is wrong, each with the file's name. */
  readonly problems: readonly string[];
}

/** A file with the sum it must have. */
interface Expected {
  readonly path: string;
  readonly digest: Digest | undefined;
  readonly size?: number;
}

/**
 * Reads every file of a model and compares it with its manifest, or with the sum that the hub's cache names it by; then
 * looks into every graph whether its weights are whole and inside the folder.
 *
 * @param signal stops it
 */
export async function verifyModel(folder: string, signal: AbortSignal): Promise<Verdict> {
  const problems: string[] = [];
  const attempt = async (work: () => Promise<unknown>) => {
    signal.throwIfAborted();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      problems.push(error.message);
    }
  };
  const expected = await readManifest(folder) ?? await linkedFiles(folder);
  for (const file of expected) await attempt(() => verifyFile(folder, file));
  for (const graph of await graphsIn(folder)) await attempt(() => openableExternalFiles(folder, graph));
  const files = expected.filter(({ digest }) => digest !== undefined).length;
  return { files, unknown: expected.length - files, problems: [...new Set(problems)] };
}

async function verifyFile(folder: string, { path, size, digest }: Expected): Promise<void> {
  const file = join(folder, path);
  const actual = await checkInside(folder, file);
  if (size !== undefined && size !== actual) {
    throw new RefusedError(`${file} has ${actual} bytes; it must have ${size}`);
  }
  if (digest && !(await hashFile(file, digest)).matches) {
    throw new RefusedError(`${file} has another ${digest.algorithm} than the ${digest.hex} it must have`);
  }
}

/** Files below a folder; those that are links into the hub's blobs have known sums. */
async function linkedFiles(folder: string, below = ""): Promise<readonly Expected[]> {
  const found: Expected[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) found.push(...await linkedFiles(folder, path));
    else found.push({ path, digest: isSymlink ? await linkedSum(folder, join(folder, path)) : undefined });
  }
  return found;
}

async function graphsIn(folder: string): Promise<readonly string[]> {
  const graphs: string[] = [];
  for await (const part of Deno.readDir(folder)) {
    if (!part.isDirectory) continue;
    for await (const { name } of Deno.readDir(join(folder, part.name))) {
      if (name.endsWith(".onnx")) graphs.push(join(folder, part.name, name));
    }
  }
  return graphs.sort();
}
