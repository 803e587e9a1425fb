import { join, resolve } from "node:path";
import { checkInside } from "../graph/external_files.ts";
import { MANIFEST, readManifest } from "../manifest.ts";
import { safePath } from "../safe_path.ts";
import type { ListedFile, Source } from "./source.ts";

/**
 * A model in a local folder; its files are those of its manifest, or what lies in it.
 *
 * @throws {RefusedError} if a file is a link out of the folder or has another size than the manifest says
 */
export async function openFolder(path: string): Promise<Source> {
  const folder = resolve(path);
  return {
    origin: folder,
    files: await readManifest(folder) ?? await filesIn(folder),
    async open({ path }, offset) {
      const from = join(folder, path);
      const total = await checkInside(folder, from);
      const file = await Deno.open(from);
      await file.seek(offset, Deno.SeekMode.Start);
      return { offset, total, body: file.readable };
    },
  };
}

async function filesIn(folder: string, below = ""): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) files.push(...await filesIn(folder, path));
    else if (path !== MANIFEST) {
      files.push({ path: safePath(path, folder), size: (await Deno.stat(join(folder, path))).size, digest: undefined });
    }
  }
  return files;
}
