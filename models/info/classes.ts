import { join } from "node:path";
import { Config } from "../folder.ts";
import { ifThere } from "../files/if_there.ts";
import { parsePythonJson } from "../json.ts";
import type { Parts } from "./family.ts";

/** What a model knows of classes. */
export interface Classes {
  /** Their names; the index is the id. */
  readonly names: readonly string[];
  /** The id that stands for no class, which guidance leads away from. */
  readonly empty?: number;
}

/**
 * Reads the classes of a model: those of its class embedder, or those that its UNet takes as labels (`num_class_embeds`). Their
 * names are in `classes.json` beside the config, otherwise they are called by their ids.
 */
export async function readClasses(folder: string, parts: Parts, unet: Config): Promise<Classes | undefined> {
  const embedder = parts.has("class_embedder") ? await Config.read(folder, "class_embedder", "config.json") : undefined;
  if (!embedder && !unet.has("num_class_embeds")) return undefined;
  const config = embedder ?? unet;
  const count = config.number(embedder ? "num_classes" : "num_class_embeds");
  const empty = config.has("empty_class") ? config.number("empty_class") : undefined;
  const ids = Array.from({ length: count }, (_, id) => String(id)).filter((id) => id !== String(empty));
  const file = join(folder, embedder ? "class_embedder" : "unet", "classes.json");
  const names = await ifThere(Deno.readTextFile(file));
  return { names: names === undefined ? ids : readNames(names, file), ...(empty !== undefined && { empty }) };
}

function readNames(text: string, file: string): readonly string[] {
  const names = parsePythonJson(text);
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw new TypeError(`${file} must hold a list of names`);
}
