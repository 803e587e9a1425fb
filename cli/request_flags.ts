import { Option } from "commander";
import { findEntry } from "../models/catalog.ts";
import type { ModelInfo } from "../models/model_info.ts";
import { FIELDS, RequestSchema } from "../pipeline/request/request.ts";
import { InvalidRequestError, shown } from "../pipeline/request/request_error.ts";
import { fromText } from "../pipeline/request/request_text.ts";
import type { World } from "./world.ts";

type Field = keyof typeof RequestSchema.shape;

/** How each field of a request is given; the compiler asks for an entry when the schema gets a field. */
const FLAGS: Readonly<Record<Field, string>> = {
  prompt: "<prompt>",
  negative_prompt: "-n, --negative <text>",
  seed: "-s, --seed <number>",
  steps: "--steps <number>",
  guidance: "-g, --guidance <number>",
  eta: "--eta <number>",
  rng: "--rng <torch|philox>",
  width: "--size <WxH>",
  height: "--size <WxH>",
  scheduler: "--scheduler <name>",
  count: "-c, --count <number>",
  model: "-m, --model <name>",
  previews: "--previews <number>",
  metadata: "--metadata <full|none>",
};

/** What a flag does, where that is not what the field of HTTP does. */
const DESCRIPTIONS: Readonly<Partial<Record<Field, string>>> = {
  width: "Width and height in pixels; the model's default if absent",
  model: "Which model, by name (see `models`) or as a folder",
  previews: "Write at most so many previews, as FILE-step-N.png",
};

/** Fields that are no plain flag: the prompt is the argument, `--size` is two fields, and `--model` may name a folder. */
const ELSEWHERE: ReadonlySet<Field> = new Set(["prompt", "width", "height", "model"]);

/** The flags that make up a request. */
export function requestOptions(): Option[] {
  const described = FIELDS.map((field) => ({
    flags: FLAGS[field],
    description: DESCRIPTIONS[field] ?? RequestSchema.shape[field].meta()?.description ?? "",
  }));
  return described
    .filter(({ flags }, index) =>
      flags.startsWith("-") && described.findIndex((other) => other.flags === flags) === index
    )
    .map(({ flags, description }) => new Option(flags, description));
}

/**
 * Turns flags into a request body without its model, as unchecked as one that came by HTTP.
 *
 * @param flags values by commander's names of the flags
 */
export function toBody(prompt: string | undefined, flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given: Record<string, string> = prompt === undefined ? {} : { prompt };
  for (const field of FIELDS) {
    if (ELSEWHERE.has(field)) continue;
    const value = flags[new Option(FLAGS[field]).attributeName()];
    if (typeof value === "string") given[field] = value;
  }
  if (typeof flags["size"] === "string") Object.assign(given, readSize(flags["size"]));
  return fromText(given);
}

function readSize(size: string): { readonly width: string; readonly height: string } {
  const [, width, height] = /^(\d+)[x×](\d+)$/i.exec(size) ?? [];
  if (width !== undefined && height !== undefined) return { width, height };
  const message = `size is ${shown(size)}; it must be WIDTHxHEIGHT in pixels, such as 128x128`;
  throw new InvalidRequestError([{ param: "size", code: "invalid_size", message }]);
}

/** What `--model` stands for. */
export interface ModelChoice {
  /** Those that ship, or the one in a folder; the first is the default. */
  readonly models: readonly ModelInfo[];
  /** The name to ask for, undefined for the default. */
  readonly model: string | undefined;
}

/** Finds the models to choose from. @param wanted a name, `owner/name` of the hub, a folder, or undefined for the default */
export async function chooseModel(wanted: string | undefined, world: World): Promise<ModelChoice> {
  const models = await world.findModels();
  const known = wanted === undefined ? undefined : findEntry(models, wanted);
  if (wanted === undefined || known) return { models, model: known?.name };
  const isFolder = await Deno.stat(wanted).then(({ isDirectory }) => isDirectory, () => false);
  return isFolder ? { models: [await world.readModel(wanted)], model: undefined } : { models, model: wanted };
}
