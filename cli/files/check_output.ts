import { dirname } from "node:path";
import { shown } from "../../pipeline/request/request_error.ts";
import { UsageError } from "../usage_error.ts";
import { statOf } from "./stat_of.ts";

/**
 * Checks that a file can be written, before any work is done for it.
 *
 * @param name of the flag, for messages
 * @throws {UsageError} if its folder is not there, or it is one itself
 * @throws {Error} if nothing can be made in its folder
 */
export async function checkOutput(output: string, name: string): Promise<void> {
  const folder = dirname(output);
  if (!(await statOf(folder))?.isDirectory) {
    throw new UsageError(`${name} is ${shown(output)}, but there is no folder ${shown(folder)}; make it first`);
  }
  const there = await statOf(output);
  if (there?.isDirectory) throw new UsageError(`${name} is ${shown(output)}, which is a folder; name a file in it`);
  // A pipe or device is written as it is, with nothing beside it.
  if (there && !there.isFile) return;
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".latentd-" }));
  } catch (error) {
    const cause = (error as Error).message.replace(/(?<=\(os error \d+\)).*$/s, "");
    throw new Error(`${name} is ${shown(output)}, but no file can be made in ${shown(folder)}: ${cause}`);
  }
}
