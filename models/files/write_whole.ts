import { basename, dirname, join } from "node:path";

/** What may differ from the usual. */
export interface WriteOptions {
  /** Permissions of the file, less the umask; 0o666 if absent. */
  readonly mode?: number;
  /** Looked at before each piece, and before the file gets its name. */
  readonly signal?: AbortSignal;
}

/**
 * Writes a file whole or not at all: under another name beside it, which is renamed at the end and removed if anything goes
 * wrong, so that nobody ever reads half of it. What was there under its name is replaced, a link too.
 *
 * @throws {Error} of the content, the disk or the signal
 */
export async function writeWhole(
  path: string,
  content: string | ReadableStream<Uint8Array>,
  { mode = 0o666, signal }: WriteOptions = {},
): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.part`);
  const pieces = typeof content === "string" ? [new TextEncoder().encode(content)] : content;
  try {
    using file = await Deno.open(part, { write: true, createNew: true, mode });
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      for (let rest: Uint8Array = piece; rest.length > 0;) rest = rest.subarray(await file.write(rest));
    }
    // Only now is it told that the disk was full for the last of it.
    await file.sync();
    signal?.throwIfAborted();
    await Deno.rename(part, path);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}
