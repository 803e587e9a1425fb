import { basename, dirname, join, relative } from "node:path";
import { type Digest, digestOf } from "./digest.ts";

/**
 * The cache of the Hugging Face hub, in the layout that its tools share
 * (huggingface.co/docs/huggingface_hub/guides/manage-cache):
 *
 * - `models--owner--name/blobs/`: contents, named by their sum
 * - `models--owner--name/snapshots/<commit>/`: files as links to blobs
 * - `models--owner--name/refs/<revision>`: the commit that a branch or tag stands for
 *
 * @module
 */

/** A repository of the hub, at some revision. */
export interface HubName {
  /** Such as `owner/name`. */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** A snapshot in the cache. */
export interface Snapshot extends HubName {
  readonly folder: string;
}

/** The folder of a repository. */
export function repositoryFolder(cache: string, id: string): string {
  return join(cache, `models--${id.replace("/", "--")}`);
}

/** The blobs that a snapshot's links may lead to, undefined if the folder is no snapshot. */
export function blobsOf(folder: string): string | undefined {
  const [, repository] = /^(.*[\\/]models--[^\\/]+)[\\/]snapshots[\\/][^\\/]+$/.exec(folder) ?? [];
  return repository && join(repository, "blobs");
}

/** The sum of a file of a snapshot, which is the name of the blob it links to; undefined for files anywhere else. */
export async function linkedSum(folder: string, path: string): Promise<Digest | undefined> {
  return blobsOf(folder) === undefined ? undefined : digestOf(basename(await Deno.readLink(path)));
}

/** Makes the snapshot of a commit from blobs; the file that makes it a model comes last. @returns its folder */
export async function linkSnapshot(
  cache: string,
  { id, revision }: HubName,
  commit: string,
  files: readonly { readonly path: string; readonly blob: string }[],
): Promise<string> {
  const repository = repositoryFolder(cache, id);
  const folder = join(repository, "snapshots", commit);
  const isLast = (path: string) => Number(path === "model_index.json");
  for (const { path, blob } of files.toSorted((a, b) => isLast(a.path) - isLast(b.path))) {
    const link = join(folder, path);
    await Deno.mkdir(dirname(link), { recursive: true });
    // Renaming replaces what another tool may have put there, without a moment in which nothing is there.
    const fresh = `${link}.${crypto.randomUUID()}`;
    await Deno.symlink(relative(dirname(link), blob), fresh);
    await Deno.rename(fresh, link);
  }
  if (revision !== commit) {
    const ref = join(repository, "refs", revision);
    await Deno.mkdir(dirname(ref), { recursive: true });
    await Deno.writeTextFile(ref, commit);
  }
  return folder;
}

/** The commit that a revision stood for when it was last pulled, undefined if it never was. */
export async function knownCommit(cache: string, { id, revision }: HubName): Promise<string | undefined> {
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  return await unlessMissing(Deno.readTextFile(join(repositoryFolder(cache, id), "refs", revision)));
}

/** Every snapshot of every model in the cache: once by each branch or tag, or by its commit if it has neither. */
export async function listSnapshots(cache: string): Promise<readonly Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for (const name of await namesIn(cache)) {
    if (!name.startsWith("models--")) continue;
    const id = name.slice("models--".length).replace("--", "/");
    const refs = await readRefs(join(cache, name, "refs"));
    for (const commit of await namesIn(join(cache, name, "snapshots"))) {
      const revisions = refs.filter(([, target]) => target === commit).map(([ref]) => ref);
      const folder = join(cache, name, "snapshots", commit);
      for (const revision of revisions.length > 0 ? revisions : [commit]) snapshots.push({ id, revision, folder });
    }
  }
  return snapshots;
}

async function readRefs(folder: string, below = ""): Promise<[ref: string, commit: string][]> {
  const refs: [string, string][] = [];
  for (const name of await namesIn(join(folder, below))) {
    const [ref, path] = [below === "" ? name : `${below}/${name}`, join(folder, below, name)];
    if ((await Deno.stat(path)).isDirectory) refs.push(...await readRefs(folder, ref));
    else refs.push([ref, (await Deno.readTextFile(path)).trim()]);
  }
  return refs;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await unlessMissing(Array.fromAsync(Deno.readDir(folder)));
  return (entries ?? []).map(({ name }) => name).sort();
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}
