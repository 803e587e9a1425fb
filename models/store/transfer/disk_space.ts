import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Bytes that are free where a path is or will be; undefined where the system does not tell or we may not ask.
 */
export async function freeSpace(path: string): Promise<number | undefined> {
  for (let at = path;; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ENOENT" || at === dirname(at)) return undefined;
    }
  }
}
