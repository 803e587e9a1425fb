import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelInfo, readModelInfo } from "./model_info.ts";
import { listSnapshots } from "./store/hub_cache.ts";
import { readSettings, type StoreSettings } from "./store/settings.ts";
import { MODEL_NAME } from "./store/sources/source_name.ts";

const BUILTIN = fileURLToPath(new URL("./builtin/", import.meta.url));

/** A model folder that is known by name. */
export interface CatalogEntry {
  /** What requests call it. */
  readonly name: string;
  /** Where it came from: `builtin`, `hf:owner/name@revision`, or `local`. */
  readonly origin: string;
  readonly folder: string;
  /** The model, or why it cannot be used. */
  readonly model: ModelInfo | Error;
}

/** Every model that can be used, those that ship first, then those that were pulled; the first is the default. */
export async function findModels(settings?: StoreSettings): Promise<readonly ModelInfo[]> {
  return (await readCatalog(settings)).flatMap(({ model }) => model instanceof Error ? [] : [model]);
}

/** Everything that lies where models are kept and has a `model_index.json`, in the order of `findModels`. */
export async function readCatalog(
  settings = readSettings((name) => Deno.env.get(name)),
): Promise<readonly CatalogEntry[]> {
  const [builtin, pulled] = await Promise.all([
    foldersIn(BUILTIN, "builtin"),
    Promise.all([hubPlaces(settings.hubCache), foldersIn(settings.ownCache, "local")]).then((places) => places.flat()),
  ]);
  const shortNames = [...builtin, ...pulled].map(({ names: [short] }) => short);
  const isTaken = (name: string) => shortNames.filter((other) => other === name).length > 1;
  return await Promise.all([
    ...builtin.map((place) => toEntry(place, place.names[0])),
    ...pulled.map((place) => toEntry(place, isTaken(place.names[0]) ? place.names[1] : place.names[0])),
  ]);
}

/**
 * Looks a model up: by its name, by where it came from (`owner/name`, with or without `hf:` and `@revision`).
 *
 * @returns undefined if there is none, or more than one that is meant equally
 */
export function findEntry<T extends { readonly name: string; readonly origin?: string }>(
  entries: readonly T[],
  wanted: string,
): T | undefined {
  const origin = `hf:${wanted.replace(/^hf:/i, "")}`;
  const exact = entries.find(({ name }) => name === wanted) ??
    entries.find((entry) => entry.origin === origin || entry.origin === `${origin}@main`);
  if (exact) return exact;
  const [first, ...more] = entries.filter((entry) => entry.origin?.startsWith(`${origin}@`));
  return more.length === 0 ? first : undefined;
}

/** A folder, with the names it can go by: the short one, and one that nothing else has. */
interface Place {
  readonly names: readonly [short: string, full: string];
  readonly origin: string;
  readonly folder: string;
}

async function toEntry({ folder, origin }: Place, name: string): Promise<CatalogEntry> {
  try {
    const model = await readModelInfo(folder);
    // Only what ships may choose its name itself.
    if (origin === "builtin") return { name: model.name, origin, folder, model };
    return { name, origin, folder, model: { ...model, name, origin } };
  } catch (error) {
    return { name, origin, folder, model: error as Error };
  }
}

async function hubPlaces(cache: string | undefined): Promise<readonly Place[]> {
  const snapshots = cache === undefined ? [] : await listSnapshots(cache);
  const places = snapshots.map(({ id, revision, folder }): Place => {
    const suffix = revision === "main" ? "" : `-${revision.replaceAll("/", "-")}`;
    const toName = (text: string) => text.slice(0, 64);
    const names = [toName(`${id.split("/").at(-1)}${suffix}`), toName(`${id.replace("/", "--")}${suffix}`)] as const;
    return { names, origin: `hf:${id}@${revision}`, folder };
  });
  return await filterAsync(places, ({ folder }) => isPipeline(folder));
}

async function foldersIn(parent: string | undefined, origin: string): Promise<readonly Place[]> {
  if (parent === undefined || !await isThere(parent)) return [];
  const names = (await Array.fromAsync(Deno.readDir(parent))).map(({ name }) => name).sort();
  const places = names.filter((name) => MODEL_NAME.test(name) && !name.endsWith(".part"))
    .map((name): Place => ({ names: [name, `${origin}--${name}`], origin, folder: join(parent, name) }));
  return await filterAsync(places, ({ folder }) => isPipeline(folder));
}

const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);
const isPipeline = (folder: string) => isThere(join(folder, "model_index.json"));

async function filterAsync<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const flags = await Promise.all(items.map(holds));
  return items.filter((_, index) => flags[index]);
}
