import { findEntry } from "../../models/catalog.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import { InvalidRequestError, shown } from "../../pipeline/request/request_error.ts";
import { modelIssue } from "../../pipeline/request/request_issues.ts";
import type { Settings } from "../config/settings_schema.ts";
import { modelInFolder } from "../model_in_folder.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

/**
 * What a server offers: all models that are found, or those that the settings name; the default first.
 *
 * @throws {UsageError | InvalidRequestError} if a model is named that is not there
 */
export async function offeredModels(
  { model: wanted, offeredModel: names }: Pick<Settings, "model" | "offeredModel">,
  world: World,
): Promise<readonly ModelInfo[]> {
  const found = await world.findModels();
  const [first] = found;
  const chosen = wanted === undefined
    ? undefined
    : findEntry(found, wanted) ?? await modelInFolder(wanted, found, world);
  const offered = names.length === 0 ? found : names.map((name) => named(name, found));
  const main = chosen ?? offered[0] ?? first;
  if (main === undefined) throw new InvalidRequestError([modelIssue(wanted, found)]);
  return [main, ...offered.filter(({ name }) => name !== main.name)];
}

function named(name: string, found: readonly ModelInfo[]): ModelInfo {
  const model = findEntry(found, name);
  if (model) return model;
  const known = found.map(({ name }) => name).join(", ");
  throw new UsageError(`offered-model is ${shown(name)}; it must be one of ${known}`);
}
