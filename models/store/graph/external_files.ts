import { dirname, join, relative } from "node:path";
import { RefusedError } from "../errors.ts";
import { type ExternalTensor, readExternalTensors } from "./graph_tensors.ts";
import { blobsOf } from "../hub_cache.ts";
import { safePath } from "../safe_path.ts";

/**
 * The files that hold the weights of a graph, by how many bytes each must have at least.
 *
 * @param shown the graph's name in errors
 * @throws {RefusedError} if one would lie outside the graph's folder
 */
export function externalFiles(tensors: readonly ExternalTensor[], shown: string): ReadonlyMap<string, number> {
  const files = new Map<string, number>();
  for (const { location, offset, bytes } of tensors) {
    const file = safePath(location, shown);
    files.set(file, Math.max(files.get(file) ?? 0, offset + bytes));
  }
  return files;
}

/** @throws {RefusedError} if a file has fewer bytes than its graph needs */
export function checkLength(file: string, size: number, needed: number): void {
  if (size < needed) throw new RefusedError(`${file} has ${size} bytes; its graph needs ${needed}`);
}

/**
 * Looks up the files beside a graph that hold its weights: those that the graph names, each inside the model's folder and
 * long enough.
 *
 * @param folder the model's
 * @param graph path of the `.onnx` file
 * @returns absolute paths, sorted
 * @throws {RefusedError} if a file is missing, too short, linked to from elsewhere, or outside the folder
 */
export async function openableExternalFiles(folder: string, graph: string): Promise<readonly string[]> {
  await checkInside(folder, graph);
  const needed = externalFiles(readExternalTensors(graph, graph), graph);
  return await Promise.all(
    [...needed].sort().map(async ([name, bytes]) => {
      const path = join(dirname(graph), name);
      checkLength(path, await checkInside(folder, path), bytes);
      return path;
    }),
  );
}

/**
 * Checks where a file of a model really lies: links may lead to other files of the model, and from a snapshot of the hub's
 * cache to the blobs of the same repository.
 *
 * @returns its size in bytes
 * @throws {RefusedError} if it is missing, a link out of the folder or a hard link
 */
export async function checkInside(folder: string, path: string): Promise<number> {
  let real: string;
  try {
    real = await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new RefusedError(`${path} is missing`);
    throw error;
  }
  const root = await Deno.realPath(folder);
  const roots = [root, blobsOf(root)].filter((each) => each !== undefined);
  if (!roots.some((each) => isBelow(each, real))) {
    throw new RefusedError(`${path} is a link to ${real}; it must stay in the model's folder`);
  }
  const { size, nlink, isFile } = await Deno.stat(real);
  if (!isFile) throw new RefusedError(`${path} is no file`);
  // A second name may lie anywhere, so the file's bytes may be somebody's secret (GHSA-cmw6-hcpp-c6jp).
  if ((nlink ?? 1) > 1) throw new RefusedError(`${path} is a hard link; it must be a file of its own, so copy it`);
  return size;
}

function isBelow(folder: string, path: string): boolean {
  return !/^\.\.([\\/]|$)/.test(relative(folder, path));
}
