/**
 * What can be known of a model without loading its graphs: enough to validate requests and fill their defaults.
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import { downsamplingFactor } from "./autoencoder.ts";
import { type ConcatPart, readConcat } from "./concat.ts";
import { Config } from "./folder.ts";
import { TASK_NAMES, type TaskName } from "./task_names.ts";
import { weightsHash } from "./weights_hash.ts";

/** A model as its folder describes it. */
export interface ModelInfo {
  /** The name requests use, such as `emoji-128`. */
  readonly name: string;
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Where it was pulled from, such as `hf:owner/name@main`. */
  readonly origin?: string;
  /** First 10 hexadecimal digits of a SHA-256 over the SHA-256 sums of its files; names the exact weights. */
  readonly hash: string;
  /** Latent channels C. */
  readonly channels: number;
  /** Down-sampling factor f of its autoencoder. */
  readonly factor: number;
  /** Width and height must be multiples of this: f times the denoiser's own down-sampling. */
  readonly sizeMultiple: number;
  /** Smallest and largest width or height in pixels. */
  readonly size: { readonly min: number; readonly max: number };
  /** What it can be asked for; the first is meant where a request leaves it open. */
  readonly tasks: readonly TaskName[];
  /** How many tokens a prompt may have, special tokens included. */
  readonly maxTokens: number;
  /** Names of its classes; the index is the class id. */
  readonly classes?: readonly string[];
  /** How many objects a layout may have. */
  readonly maxObjects?: number;
  /** What is concatenated after the latents in the denoiser's input, in order. */
  readonly concat: readonly ConcatPart[];
  /** How many times larger super-resolution makes a picture. */
  readonly upscaling?: number;
  /** What a request gets that does not say otherwise. */
  readonly defaults: {
    readonly width: number;
    readonly height: number;
    readonly steps: number;
    readonly guidance: number;
    /** A scheduler by diffusers' class name. */
    readonly scheduler: string;
  };
  /** `scheduler_config.json` as it is. */
  readonly schedulerConfig: Readonly<Record<string, unknown>>;
}

/** The kind of text encoder that `openTextEncoder` knows. */
const TEXT_ENCODER = "BertModel";

/** Up to this many times the trained width or height can be asked for; cost grows with the square, quality falls. */
const LARGEST_SCALE = 4;

/**
 * Reads the configs of a model folder.
 *
 * @throws {Deno.errors.NotFound} if a config is missing, {TypeError} or {SyntaxError} if one is wrong; all name the file
 */
export async function readModelInfo(folder: string): Promise<ModelInfo> {
  const root = resolve(folder);
  const index = await Config.read(root, "model_index.json");
  checkTextEncoder(root, index);
  const [unet, decoder, textEncoder, scheduler] = await Promise.all([
    Config.read(root, "unet", "config.json"),
    Config.read(root, "vae_decoder", "config.json"),
    Config.read(root, "text_encoder", "config.json"),
    Config.read(root, "scheduler", "scheduler_config.json"),
  ]);
  const factor = downsamplingFactor(decoder);
  const sizeMultiple = factor * 2 ** (unet.numbers("block_out_channels").length - 1);
  const trained = factor * unet.number("sample_size");
  const concat = readConcat(unet);
  const upscaling = upscalingOf(concat, factor);
  const [classes, maxObjects] = await Promise.all([readClasses(root, index), readMaxObjects(root, index)]);
  const told = index.has("latentd") ? index.object("latentd") : undefined;
  const defaults = told?.has("defaults") ? told.object("defaults") : undefined;
  return {
    name: told?.has("name") ? told.string("name") : basename(root),
    folder: root,
    hash: await weightsHash(root),
    channels: decoder.number("latent_channels"),
    factor,
    sizeMultiple,
    size: { min: sizeMultiple, max: LARGEST_SCALE * trained },
    tasks: told?.has("tasks") ? readTasks(told) : ["text-to-image"],
    maxTokens: textEncoder.number("max_length"),
    ...(classes && { classes }),
    ...(maxObjects && { maxObjects }),
    concat,
    ...(upscaling && { upscaling }),
    defaults: {
      width: trained,
      height: trained,
      steps: defaults?.has("steps") ? defaults.number("steps") : 20,
      guidance: defaults?.has("guidance") ? defaults.number("guidance") : 7.5,
      scheduler: scheduler.string("_class_name"),
    },
    schedulerConfig: scheduler.fields,
  };
}

/** A low-resolution picture has h·r rows where r² · 3 channels hold it, and the result has h·f. */
function upscalingOf(concat: readonly ConcatPart[], factor: number): number | undefined {
  const low = concat.find(({ name }) => name === "low_resolution");
  return low && factor / Math.sqrt(low.channels / 3);
}

function readTasks(told: Config): readonly TaskName[] {
  const tasks = told.strings("tasks");
  const unknown = tasks.find((task) => !(TASK_NAMES as readonly string[]).includes(task));
  if (unknown === undefined) return tasks as readonly TaskName[];
  throw new TypeError(`The model's tasks name ${JSON.stringify(unknown)}; known are ${TASK_NAMES.join(", ")}`);
}

async function readClasses(folder: string, index: Config): Promise<readonly string[] | undefined> {
  if (!index.has("class_embedder")) return undefined;
  return JSON.parse(await Deno.readTextFile(join(folder, "class_embedder", "classes.json")));
}

async function readMaxObjects(folder: string, index: Config): Promise<number | undefined> {
  if (!index.has("layout_encoder")) return undefined;
  return (await Config.read(folder, "layout_encoder", "config.json")).number("max_objects");
}

/** Told apart here, before a missing field of some config would be the answer. */
function checkTextEncoder(folder: string, index: Config): void {
  const entry = index.fields["text_encoder"];
  const kind = Array.isArray(entry) ? entry[1] : undefined;
  if (kind === TEXT_ENCODER) return;
  const has = typeof kind === "string" ? `is ${kind}` : "is missing";
  throw new TypeError(`The text encoder in ${folder} ${has}; latentd runs models with a ${TEXT_ENCODER} so far`);
}
