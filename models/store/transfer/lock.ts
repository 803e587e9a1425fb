import { setTimeout } from "node:timers/promises";
import { dirname } from "node:path";

/** Milliseconds between two tries. */
const PAUSE = 200;

/**
 * Waits until no other process holds a lock file, and holds it until disposed of or until this process ends.
 *
 * @param waiting called once if somebody else has it
 */
export async function lockFile(path: string, signal: AbortSignal, waiting?: () => void): Promise<Disposable> {
  for (let isFirst = true;; isFirst = false) {
    await Deno.mkdir(dirname(path), { recursive: true });
    try {
      using opened = new DisposableStack();
      const file = opened.use(await Deno.open(path, { create: true, write: true }));
      if (await file.tryLock(true) && await isStill(path, file)) return opened.move();
    } catch (error) {
      // The last holder may have removed the folder meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (isFirst) waiting?.();
    await setTimeout(PAUSE, undefined, { signal });
  }
}

/** The last holder may have removed or moved the file that we waited for. */
async function isStill(path: string, file: Deno.FsFile): Promise<boolean> {
  const [ours, now] = await Promise.all([file.stat(), Deno.stat(path).catch(() => undefined)]);
  return ours.ino === now?.ino;
}
