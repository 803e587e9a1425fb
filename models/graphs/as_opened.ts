import { join, relative } from "node:path";
import type { Device } from "../../runtime/device.ts";
import { loadingBy } from "../../runtime/loading_by.ts";
import { ifThere } from "../files/if_there.ts";
import type { ModelInfo } from "../model_info.ts";
import { FilesChangedError } from "./files_changed_error.ts";

/**
 * A device that loads the files of a model as they are now or not at all. Graphs that are first needed, or needed again, hours
 * after the others would else be those of another model, whose folder has been put in this one's place.
 *
 * Its `load` throws {@link FilesChangedError} where size, time of change or place of a file is another one by then.
 *
 * @param device stays the caller's
 */
export async function asOpened({ name, folder }: ModelInfo, device: Device): Promise<Device> {
  const opened = new Map(await entriesBelow(folder));

  async function check(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const entry = await ifThere(entryOf(path));
      if (entry !== undefined && entry === opened.get(path)) continue;
      const file = relative(folder, path);
      throw new FilesChangedError(
        `File ${file} of model ${name} has changed since the model was opened; load the model again to use what is there now`,
      );
    }
  }
  return loadingBy(async (graph) => {
    const paths = [graph.path, ...graph.external];
    await check(paths);
    await using loaded = new AsyncDisposableStack();
    const session = loaded.use(await device.load(graph));
    // It may have been replaced while it was read.
    await check(paths);
    loaded.move();
    return session;
  }, device);
}

/** @param above real paths of the folders around it, for a link may lead back to one of them */
async function entriesBelow(folder: string, above: readonly string[] = []): Promise<readonly [string, string][]> {
  const places = [...above, await Deno.realPath(folder)];
  if (above.includes(places.at(-1)!)) return [];
  const entries = await Array.fromAsync(Deno.readDir(folder), async ({ name }) => {
    const path = join(folder, name);
    const found = await ifThere(Deno.stat(path));
    if (found?.isDirectory) return await entriesBelow(path, places);
    return found ? [[path, await entryOf(path)] as [string, string]] : [];
  });
  return entries.flat();
}

/** What tells a file from another, without reading it: where it really lies, its size and when it was last written to. */
async function entryOf(path: string): Promise<string> {
  const [place, { size, mtime }] = await Promise.all([Deno.realPath(path), Deno.stat(path)]);
  return [place, size, mtime?.getTime()].join();
}
