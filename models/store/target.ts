import { join } from "node:path";
import { hashFile } from "./digest.ts";
import { type HubName, linkSnapshot, repositoryFolder } from "./hub_cache.ts";
import type { HubSource } from "./sources/hub_source.ts";
import { MANIFEST, readManifest, writeManifest } from "./manifest.ts";
import type { ListedFile, Source } from "./sources/source.ts";

/** Where a model is put. */
export interface Target {
  /** File that is locked while a model is being put here. */
  readonly lock: string;
  /** The folder of the same model if it is complete already. */
  present(source: Source): Promise<string | undefined>;
  /** Where the bytes of a file go. */
  pathOf(file: ListedFile): string;
  /** SHA-256 of a file that an earlier run completed, undefined if it must be fetched. */
  completed(file: ListedFile): Promise<string | undefined>;
  /** Makes a model of files that are all here and checked. @returns its folder */
  finish(files: readonly ListedFile[], sums: ReadonlyMap<string, string>): Promise<string>;
  /** Removes what this run brought. @param files those that it fetched, whole or in part */
  discard(files: readonly ListedFile[]): Promise<void>;
}

/** The shared cache, where files lie by their sums. */
export function hubTarget(cache: string, name: HubName, { commit }: HubSource): Target {
  const repository = repositoryFolder(cache, name.id);
  const pathOf = ({ digest }: ListedFile) => join(repository, "blobs", digest!.hex);
  return {
    lock: join(cache, ".locks", `models--${name.id.replace("/", "--")}`, "latentd.lock"),
    present: () => Promise.resolve(undefined),
    pathOf,
    async completed(file) {
      const size = await Deno.stat(pathOf(file)).then(({ size }) => size, () => undefined);
      return size === file.size ? file.digest!.hex : undefined;
    },
    finish: (files) =>
      linkSnapshot(cache, name, commit, files.map((file) => ({ path: file.path, blob: pathOf(file) }))),
    async discard(files) {
      const paths = files.flatMap((file) => [pathOf(file), `${pathOf(file)}.part`]);
      // Folders go only if nothing else is in them.
      for (const path of [...paths, join(repository, "blobs"), repository]) await Deno.remove(path).catch(() => {});
    },
  };
}

/** A folder of its own, which appears when it is complete. */
export function folderTarget(folder: string): Target {
  const staging = `${folder}.part`;
  const pathOf = ({ path }: ListedFile) => join(staging, path);
  return {
    lock: join(staging, LOCK),
    async present(source) {
      if (!await Deno.stat(folder).then(() => true, () => false)) return undefined;
      const manifest = await readManifest(folder);
      if (manifest && isFrom(manifest, source)) return folder;
      throw new Error(`${folder} is there already and not ${source.origin}; remove it, or choose another folder`);
    },
    pathOf,
    async completed(file) {
      const path = pathOf(file);
      if (!await Deno.stat(path).then(({ size }) => size === file.size, () => false)) return undefined;
      const { sha256, matches } = await hashFile(path, file.digest);
      return matches && file.digest ? sha256 : undefined;
    },
    async finish(files, sums) {
      await writeManifest(staging, files, sums);
      await Deno.rename(staging, folder);
      await Deno.remove(join(folder, LOCK));
      return folder;
    },
    discard: () => Deno.remove(staging, { recursive: true }),
  };
}

const LOCK = ".lock";

function isFrom(manifest: readonly ListedFile[], { files }: Source): boolean {
  const listed = new Map(files.map((file) => [file.path, file]));
  return manifest.every(({ path, size, digest }) => {
    const file = listed.get(path);
    return path === MANIFEST ||
      file?.size === size && (file.digest?.algorithm !== "sha256" || file.digest.hex === digest!.hex);
  });
}
