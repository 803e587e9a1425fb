import { join } from "node:path";
import type { ModelInfo } from "../models/model_info.ts";
import { InvalidRequestError, shown } from "../pipeline/request/request_error.ts";
import { modelIssue } from "../pipeline/request/request_issues.ts";
import { statOf } from "./files/stat_of.ts";
import type { World } from "./world.ts";

/**
 * The model in a folder that was named where no known model has that name.
 *
 * @throws {InvalidRequestError} if there is no such folder, or no model in it
 */
export async function modelInFolder(wanted: string, known: readonly ModelInfo[], world: World): Promise<ModelInfo> {
  const issue = modelIssue(wanted, known);
  if ((await statOf(wanted))?.isDirectory) {
    if (await statOf(join(wanted, "model_index.json"))) return await world.readModel(wanted);
    const message = `model is ${shown(wanted)}, which has no model_index.json; it must be in the layout of diffusers`;
    throw new InvalidRequestError([{ ...issue, message }]);
  }
  if (!/[/\\]/.test(wanted)) throw new InvalidRequestError([issue]);
  const names = known.map(({ name }) => name).join(", ") || "none";
  const isRepository = /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(wanted);
  const hint = isRepository ? `; if the hub has it, \`pull hf:${wanted}\` fetches it` : "";
  const message = `model is ${shown(wanted)}, but there is no such folder, and known are ${names}${hint}`;
  throw new InvalidRequestError([{ ...issue, message }]);
}
