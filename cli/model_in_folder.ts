import type { ModelInfo } from "../models/model_info.ts";
import { InvalidRequestError, shown } from "../pipeline/request/request_error.ts";
import { modelIssue } from "../pipeline/request/request_issues.ts";
import type { World } from "./world.ts";

/**
 * The model in a folder that was named where no known model has that name.
 *
 * @throws {InvalidRequestError} if there is no such folder
 */
export async function modelInFolder(wanted: string, known: readonly ModelInfo[], world: World): Promise<ModelInfo> {
  const isFolder = await Deno.stat(wanted).then(({ isDirectory }) => isDirectory, () => false);
  if (isFolder) return await world.readModel(wanted);
  const issue = modelIssue(wanted, known);
  if (!/[/\\]/.test(wanted)) throw new InvalidRequestError([issue]);
  const names = known.map(({ name }) => name).join(", ") || "none";
  const isRepository = /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(wanted);
  const hint = isRepository ? `; if the hub has it, \`pull hf:${wanted}\` fetches it` : "";
  const message = `model is ${shown(wanted)}, but there is no such folder, and known are ${names}${hint}`;
  throw new InvalidRequestError([{ ...issue, message }]);
}
