import { digestOf } from "../digest.ts";
import { AccessError, RefusedError } from "../errors.ts";
import { HttpClient } from "../transfer/http.ts";
import type { HubName } from "../hub_cache.ts";
import { type Patience, retrying } from "../transfer/retry.ts";
import { safePath } from "../safe_path.ts";
import type { StoreSettings } from "../settings.ts";
import type { ListedFile, Source } from "./source.ts";

/** Files of a repository that are listed; repositories of models have a few hundred. */
const MOST_FILES = 20_000;

/** A commit of a repository of the hub. */
export interface HubSource extends Source {
  /** 40 hexadecimal digits. */
  readonly commit: string;
}

/**
 * Asks the hub what a repository has: `/api/models/{name}/revision/{revision}` for the commit, then its whole tree.
 *
 * @throws {AccessError} if there is no such repository or no right to it
 */
export async function openHub(
  { id, revision }: HubName,
  { endpoint, token }: StoreSettings,
  patience: Patience,
): Promise<HubSource> {
  const client = new HttpClient(endpoint, token);
  const origin = `hf:${id}@${revision}`;
  const ask = (address: string) => retrying(() => client.json(address, origin, patience), patience);

  const about = await ask(`${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`);
  const commit = (about.value as { sha?: unknown } | null)?.sha;
  if (typeof commit !== "string" || !/^[0-9a-f]{40}$/.test(commit)) {
    throw new AccessError(`${origin}: ${endpoint} tells no commit; it must speak the API of the Hugging Face hub`);
  }
  const files: ListedFile[] = [];
  let page: string | undefined = `${endpoint}/api/models/${id}/tree/${commit}?recursive=true`;
  while (page !== undefined) {
    const { value, next } = await ask(page);
    if (!Array.isArray(value)) throw new AccessError(`${origin}: ${endpoint} does not list files`);
    files.push(...value.filter((entry) => entry?.type === "file").map((entry) => toFile(entry, origin)));
    if (files.length > MOST_FILES) throw new RefusedError(`${origin} has more than ${MOST_FILES} files`);
    page = next;
  }
  return {
    origin,
    commit,
    files,
    open({ path }, offset, patience) {
      const address = `${endpoint}/${id}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
      return client.open(address, path, offset, patience);
    },
  };
}

/** An entry of the tree; big files are named by their LFS object, small ones by git. */
function toFile(entry: Record<string, unknown>, origin: string): ListedFile {
  const path = safePath(String(entry["path"]), origin);
  const lfs = entry["lfs"] as { oid?: unknown; size?: unknown } | undefined;
  const digest = digestOf(String(lfs?.oid ?? entry["oid"]));
  const size = lfs?.size ?? entry["size"];
  if (digest === undefined || typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw new RefusedError(`${path} of ${origin} is listed without a size and a sum`);
  }
  return { path, size, digest };
}
