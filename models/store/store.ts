import { join } from "node:path";
import type { CatalogEntry } from "../catalog.ts";
import { AccessError } from "./errors.ts";
import { openFolder } from "./sources/folder_source.ts";
import { type HubName, knownCommit, repositoryFolder } from "./hub_cache.ts";
import { openHub } from "./sources/hub_source.ts";
import { openManifest } from "./sources/manifest_source.ts";
import { pull, type Pulled, type PullProgress } from "./pull.ts";
import type { Patience } from "./transfer/retry.ts";
import type { StoreSettings } from "./settings.ts";
import type { SourceName } from "./sources/source_name.ts";
import { folderTarget, hubTarget } from "./target.ts";

/** Tries for about a minute before it gives a connection up. */
export const PATIENCE: Omit<Patience, "signal"> = { attempts: 6, pause: 1000, stall: 30_000 };

/**
 * Brings a model here, from wherever it is: from the hub into the cache that other tools share, from elsewhere into our
 * own.
 *
 * @param to a folder of choice in place of the cache
 * @throws {AccessError} if the source does not give it, {RefusedError} if what it gives is wrong
 */
export async function bring(
  source: SourceName,
  to: string | undefined,
  settings: StoreSettings,
  patience: Patience,
  told: PullProgress,
): Promise<Pulled> {
  if (source.kind === "hub") return await bringFromHub(source.name, to, settings, patience, told);
  if (source.kind === "manifest" && settings.isOffline) throw offline(source.address);
  const opened = source.kind === "manifest"
    ? await openManifest(source.address, patience)
    : await openFolder(source.path);
  return await pull(opened, folderTarget(to ?? join(need(settings.ownCache), source.name)), patience, told);
}

async function bringFromHub(
  name: HubName,
  to: string | undefined,
  settings: StoreSettings,
  patience: Patience,
  told: PullProgress,
): Promise<Pulled> {
  if (settings.isOffline) {
    const cache = need(settings.hubCache);
    const commit = await knownCommit(cache, name);
    const folder = commit && join(repositoryFolder(cache, name.id), "snapshots", commit);
    if (to === undefined && folder && await isPipeline(folder)) return { folder, fetched: 0 };
    throw offline(`hf:${name.id}@${name.revision}`);
  }
  const source = await openHub(name, settings, patience);
  const target = to === undefined ? hubTarget(need(settings.hubCache), name, source) : folderTarget(to);
  return await pull(source, target, patience, told);
}

/**
 * Removes a model: its folder, or its whole repository from the hub's cache, every revision of it.
 *
 * @throws {AccessError} if it ships with latentd
 */
export async function removeModel({ name, origin, folder }: CatalogEntry, settings: StoreSettings): Promise<string> {
  if (origin === "builtin") throw new AccessError(`${name} ships with latentd and cannot be removed`);
  const [, id] = /^hf:([^@]+)@/.exec(origin) ?? [];
  const removed = id === undefined ? folder : repositoryFolder(need(settings.hubCache), id);
  await Deno.remove(removed, { recursive: true });
  return removed;
}

function isPipeline(folder: string): Promise<boolean> {
  return Deno.stat(join(folder, "model_index.json")).then(() => true, () => false);
}

function offline(what: string): AccessError {
  return new AccessError(`${what} is not here, and HF_HUB_OFFLINE forbids to fetch it`);
}

function need(place: string | undefined): string {
  if (place === undefined) throw new AccessError("There is no home directory; name a folder with --to, or set HF_HOME");
  return place;
}
