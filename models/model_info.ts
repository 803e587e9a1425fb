/**
 * What can be known of a model without loading its graphs: enough to validate requests and fill their defaults.
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import { type ConcatPart, readConcat } from "./concat.ts";
import { Config } from "./folder.ts";
import { readClasses } from "./info/classes.ts";
import { type SamplingDefaults, samplingDefaults } from "./info/defaults_of.ts";
import { checkParts, checkUnet, readParts, type TextKind, textKindOf } from "./info/family.ts";
import { downsamplingFactor, latentChannels, portsOf, readAutoencoder, readUnet } from "./info/part_configs.ts";
import { readSizes } from "./info/sizes.ts";
import { checkTasks, tasksOf } from "./info/tasks_of.ts";
import { readTextInfo } from "./info/text_info.ts";
import { weightsHash } from "./info/weights_hash.ts";
import type { TaskName } from "./task_names.ts";

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
  /** When its folder was written, in seconds since 1970. */
  readonly created: number;
  /** Latent channels C. */
  readonly channels: number;
  /** Down-sampling factor f of its autoencoder. */
  readonly factor: number;
  /** Width and height must be multiples of this: f times the denoiser's own down-sampling. */
  readonly sizeMultiple: number;
  /** Smallest and largest width or height in pixels. */
  readonly size: { readonly min: number; readonly max: number };
  /** The only size that its graphs were exported for. */
  readonly fixedSize?: { readonly width: number; readonly height: number };
  /** What it can be asked for; the first is meant where a request leaves it open. */
  readonly tasks: readonly TaskName[];
  /** How its prompts are encoded; absent if it takes none. */
  readonly text?: TextKind;
  /** How many tokens a prompt may have, special tokens included, in all chunks together; 0 if it takes none. */
  readonly maxTokens: number;
  /** The largest `clip_skip`: 1 where the text encoder's graph gives its last hidden state only. */
  readonly maxClipSkip?: number;
  /** Whether it was distilled with guidance and is told the scale, so that there are no rows without condition. */
  readonly isGuidanceDistilled?: boolean;
  /** Names of its classes; the index is the class id. */
  readonly classes?: readonly string[];
  /** The class id that stands for none. */
  readonly emptyClass?: number;
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
    /** Rounds of back-projection after super-resolution; none if absent. */
    readonly back_projection?: number;
  };
  /** `scheduler_config.json` as it is. */
  readonly schedulerConfig: Readonly<Record<string, unknown>>;
}

/**
 * Reads the configs of a model folder.
 *
 * @throws {Deno.errors.NotFound} if a config is missing, {TypeError} or {SyntaxError} if one is wrong or the model's family is
 * not supported; all name the file or the family
 */
export async function readModelInfo(folder: string): Promise<ModelInfo> {
  const root = resolve(folder);
  const index = await Config.read(root, "model_index.json");
  const parts = readParts(index);
  checkParts(index, parts);
  const kind = await textKindOf(root, parts);
  const [unet, autoencoder, scheduler, encoder, hash, { mtime }] = await Promise.all([
    readUnet(root),
    readAutoencoder(root),
    Config.read(root, "scheduler", "scheduler_config.json"),
    portsOf(root, "vae_encoder"),
    weightsHash(root),
    Deno.stat(join(root, "model_index.json")),
  ]);
  checkUnet(index, unet);
  const told = index.has("latentd") ? index.object("latentd") : undefined;
  const factor = downsamplingFactor(autoencoder);
  const concat = readConcat(unet);
  const upscaling = upscalingOf(concat, factor);
  const [classes, maxObjects, text, { trained, ...sizes }] = await Promise.all([
    readClasses(root, parts, unet),
    parts.has("layout_encoder") ? readMaxObjects(root) : undefined,
    readTextInfo(root, kind),
    readSizes(root, unet, factor),
  ]);
  const capabilities = {
    text: kind !== undefined,
    classes: classes !== undefined,
    layouts: maxObjects !== undefined,
    pictures: encoder !== undefined,
    concat,
  };
  return {
    name: told?.has("name") ? told.string("name") : basename(root),
    folder: root,
    hash,
    created: Math.floor(Number(mtime) / 1000),
    channels: latentChannels(autoencoder),
    factor,
    ...sizes,
    tasks: told?.has("tasks") ? checkTasks(told.strings("tasks")) : tasksOf(capabilities),
    ...text,
    ...(unet.has("time_cond_proj_dim") && { isGuidanceDistilled: true }),
    ...(classes && { classes: classes.names, ...(classes.empty !== undefined && { emptyClass: classes.empty }) }),
    ...(maxObjects && { maxObjects }),
    concat,
    ...(upscaling && { upscaling }),
    defaults: {
      ...trained,
      ...samplingDefaults(unet, scheduler, kind, capabilities.classes),
      ...toldDefaults(told),
      scheduler: scheduler.string("_class_name"),
    },
    schedulerConfig: scheduler.fields,
  };
}

/** What the model's author wants. */
function toldDefaults(told: Config | undefined): Partial<SamplingDefaults & { readonly back_projection: number }> {
  if (!told?.has("defaults")) return {};
  const defaults = told.object("defaults");
  return {
    ...(defaults.has("steps") && { steps: defaults.number("steps") }),
    ...(defaults.has("guidance") && { guidance: defaults.number("guidance") }),
    ...(defaults.has("back_projection") && { back_projection: defaults.number("back_projection") }),
  };
}

/** A low-resolution picture has h·r rows where r² · 3 channels hold it, and the result has h·f. */
function upscalingOf(concat: readonly ConcatPart[], factor: number): number | undefined {
  const low = concat.find(({ name }) => name === "low_resolution");
  return low && factor / Math.sqrt(low.channels / 3);
}

async function readMaxObjects(folder: string): Promise<number> {
  return (await Config.read(folder, "layout_encoder", "config.json")).number("max_objects");
}
