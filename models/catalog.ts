import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelInfo, readModelInfo } from "./model_info.ts";

const BUILTIN = fileURLToPath(new URL("./builtin/", import.meta.url));

/** Every model that ships with latentd, sorted by name; the first is the default. */
export async function findModels(): Promise<readonly ModelInfo[]> {
  const models: ModelInfo[] = [];
  for await (const entry of Deno.readDir(BUILTIN)) {
    if (entry.isDirectory) models.push(await readModelInfo(join(BUILTIN, entry.name)));
  }
  return models.sort((a, b) => a.name.localeCompare(b.name));
}
