import { Option } from "commander";
import { findEntry } from "../models/catalog.ts";
import type { ModelInfo } from "../models/model_info.ts";
import { InvalidRequestError, shown } from "../pipeline/request/request_error.ts";
import { meantField } from "../pipeline/request/request_issues.ts";
import { fromText } from "../pipeline/request/request_text.ts";
import { type Field, FIELDS, RequestSchema } from "../pipeline/request/schema.ts";
import { whyUnreadable } from "./files/why_unreadable.ts";
import { modelInFolder } from "./model_in_folder.ts";
import type { World } from "./world.ts";

/** Headings of the help, in its order. */
export const HELP_GROUPS = {
  text: "Text:",
  task: "Task and pictures:",
  sampling: "Sampling:",
  several: "Several pictures:",
  output: "Output:",
  model: "Model and device:",
} as const;

/** Under which heading each field of a request is, and its flag; the compiler asks for an entry when the schema gets a field. */
const FLAGS: Readonly<Record<Field, readonly [group: keyof typeof HELP_GROUPS, flags: string]>> = {
  prompt: ["text", "<prompt>"],
  negative_prompt: ["text", "-n, --negative <text>"],
  emphasis: ["text", "--no-emphasis"],
  clip_skip: ["text", "--clip-skip <number>"],
  task: ["task", "--task <name>"],
  image: ["task", "-i, --image <file>"],
  mask: ["task", "--mask <file>"],
  mask_blur: ["task", "--mask-blur <pixels>"],
  region: ["task", "--region <whole|masked>"],
  region_padding: ["task", "--region-padding <pixels>"],
  back_projection: ["task", "--back-projection <rounds>"],
  extend: ["task", "--extend <left,top,right,bottom>"],
  fit: ["task", "--fit <cover|contain|stretch>"],
  strength: ["task", "--strength <number>"],
  class: ["task", "--class <name>"],
  boxes: ["task", "--box <left,top,right,bottom:text>"],
  seed: ["sampling", "-s, --seed <number>"],
  steps: ["sampling", "--steps <number>"],
  guidance: ["sampling", "-g, --guidance <number>"],
  scheduler: ["sampling", "--scheduler <name>"],
  eta: ["sampling", "--eta <number>"],
  rng: ["sampling", "--rng <torch|philox>"],
  width: ["sampling", "--size <WxH>"],
  height: ["sampling", "--size <WxH>"],
  count: ["several", "-c, --count <number>"],
  seed_to: ["several", "--seed-to <number>"],
  prompt_to: ["several", "--prompt-to <text>"],
  blend: ["several", "--blend <number>"],
  previews: ["output", "--previews <number>"],
  metadata: ["output", "--metadata <full|none>"],
  model: ["model", "-m, --model <name>"],
};

/** What a flag does, where that is not what the field of HTTP does. */
const DESCRIPTIONS: Readonly<Partial<Record<Field, string>>> = {
  image: "The picture to start from: PNG, JPEG or WebP",
  mask: "Of inpainting: a picture, white is made anew. Transparent parts of --image are meant if absent",
  boxes: "An object of a layout and where it is, as fractions of width and height; may be repeated",
  class: "Of class-conditional models, by name or number; `models show` lists them",
  emphasis: "Take (word:1.3), [word] and BREAK in prompts as they are written",
  width: "Width and height in pixels; the model's default or the picture's if absent",
  model: "Which model, by name (see `models`) or as a folder",
  previews: "Write at most so many previews, as FILE-step-N.png",
};

/** Fields that are no plain flag: the prompt is the argument, `--size` is two fields, and `--model` may name a folder. */
const ELSEWHERE: ReadonlySet<Field> = new Set(["prompt", "width", "height", "model", "image", "mask"]);

/** The flags that make up a request. */
export function requestOptions(): Option[] {
  const fields = (Object.keys(FLAGS) as Field[]).filter((field) => field !== "prompt" && field !== "height");
  return fields.map((field) => {
    const [group, flags] = FLAGS[field];
    const description = DESCRIPTIONS[field] ?? RequestSchema.shape[field].meta()?.description ?? "";
    const option = new Option(flags, description).helpGroup(HELP_GROUPS[group]);
    return field === "boxes" ? option.argParser(collect) : option;
  });
}

/** The flag that was probably meant by one that is none's, such as one of another program; undefined if none comes near. */
export function meantFlag(flag: string): string | undefined {
  const meant = meantField(flag.replace(/^--/, "").replaceAll("-", "_"), FIELDS);
  return meant === undefined ? undefined : /--[\w-]+/.exec(FLAGS[meant as Field]?.[1] ?? "")?.[0];
}

/** A flag that may be repeated, in the way a query writes several. */
function collect(value: string, before?: string): string {
  return before === undefined ? value : `${before};${value}`;
}

/** Reads the files that flags name into fields of a request. */
export async function readPictureFiles(
  flags: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const fields = ["image", "mask"].filter((field) => typeof flags[field] === "string");
  return Object.fromEntries(
    await Promise.all(fields.map(async (field) => [field, await readPictureFile(field, String(flags[field]))])),
  );
}

async function readPictureFile(field: string, path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const why = await whyUnreadable(path, error);
    if (why === undefined) throw error;
    const message = `${field} is ${shown(path)}, but ${why}`;
    throw new InvalidRequestError([{ param: field, code: "invalid_image", message }]);
  }
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
    const value = flags[new Option(FLAGS[field][1]).attributeName()];
    if (typeof value === "string") given[field] = value;
    if (value === false) given[field] = "false";
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
  return { models: [await modelInFolder(wanted, models, world)], model: undefined };
}
