import { extname } from "node:path";
import { writeWhole } from "../../models/files/write_whole.ts";
import { shown } from "../../pipeline/request/request_error.ts";
import { UsageError } from "../usage_error.ts";
import { checkOutput } from "./check_output.ts";
import { statOf } from "./stat_of.ts";

/**
 * Where pictures go: `-o apple.png` as it is for one picture, `apple-0.png` … for several; `latentd-<seed>.png` if nothing
 * was said. Files that were named are replaced, others never.
 */
export class PictureFiles {
  readonly #output: string | undefined;
  readonly #count: number;

  /**
   * @param output what `-o` names
   * @param name of the flag, for messages
   * @throws {UsageError} if no pictures can be written there
   */
  static async at(output: string | undefined, count: number, name = "output"): Promise<PictureFiles> {
    if (output === "") throw new UsageError(`${name} is ""; it must be a file or -`);
    if (output !== undefined) {
      if (/^\.(jpe?g|webp|gif|bmp|avif|tiff?)$/i.test(extname(output))) {
        throw new UsageError(`${name} is ${shown(output)}, but pictures are PNG; name it ${stemOf(output)}.png`);
      }
      await checkOutput(output, name);
    }
    return new PictureFiles(output, count);
  }

  private constructor(output: string | undefined, count: number) {
    this.#output = output;
    this.#count = count;
  }

  /** Path of one picture. */
  async of(index: number, seed: number): Promise<string> {
    if (this.#output !== undefined) return this.#count === 1 ? this.#output : withSuffix(this.#output, `-${index}`);
    for (let copy = 0;; copy++) {
      const path = `latentd-${seed}${copy === 0 ? "" : `-${copy}`}.png`;
      if (await statOf(path) === undefined) return path;
    }
  }

  /** Path of a preview of one picture. */
  preview(index: number, seed: number, step: number): string {
    const path = this.#output ?? `latentd-${seed}.png`;
    return withSuffix(path, `${this.#output !== undefined && this.#count > 1 ? `-${index}` : ""}-step-${step}`);
  }
}

/** Writes a file whole or not at all, through a link; what is no regular file, such as a pipe, is written as it is. */
export async function writeOutput(
  path: string,
  content: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const there = await statOf(path);
  if (there && !there.isFile) return await Deno.writeFile(path, content, { create: false, signal });
  await writeWhole(there ? await Deno.realPath(path) : path, content, { signal });
}

function withSuffix(path: string, suffix: string): string {
  return `${stemOf(path)}${suffix}${extname(path)}`;
}

function stemOf(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}
