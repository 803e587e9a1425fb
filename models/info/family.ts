/**
 * Which models can be run: told by the parts that `model_index.json` names and by a few fields of configs, never by the name
 * of a pipeline or model.
 *
 * @module
 */
import { Config } from "../folder.ts";
import { ifThere } from "../files/if_there.ts";

/** How prompts are encoded. */
export type TextKind = "bert" | "clip" | "clip-pair";

/** What a message about a model that cannot be run says of those that can. */
const SUPPORTED = "latentd runs Stable Diffusion 1 and 2, SDXL, their Turbo and LCM forms, " +
  "and latent diffusion as in its paper (text by BERT, classes, layouts, unconditional, super-resolution, inpainting)";

/** Parts that are used. */
const USED = [
  ...["unet", "vae", "vqvae", "vae_encoder", "vae_decoder", "scheduler", "text_encoder", "text_encoder_2"],
  ...["tokenizer", "tokenizer_2", "class_embedder", "layout_encoder"],
] as const;
/** Parts that pictures can be made without. */
const UNUSED = ["safety_checker", "feature_extractor", "image_encoder"] as const;

/** Parts that make a context for cross-attention. */
const CONTEXTS = ["text_encoder", "text_encoder_2", "class_embedder", "layout_encoder"] as const;

/** Classes of what has the same name as something supported; those of ONNX runtimes can be anything. */
const UNETS = /^(UNet2DConditionModel|UNet2DModel|OnnxRuntimeModel|ORT.*)$/;
const RUNTIMES = /^(OnnxRuntimeModel|ORT.*)$/;

/** The class of each part that `model_index.json` names; parts that are null are not there. */
export type Parts = ReadonlyMap<string, string>;

/** Reads the parts of a model. */
export function readParts(index: Config): Parts {
  const entries = Object.entries(index.fields).flatMap(([part, entry]) =>
    Array.isArray(entry) && typeof entry[1] === "string" ? [[part, entry[1]] as const] : []
  );
  return new Map(entries);
}

/** Fields of a UNet's config that ask for inputs, and what they may be beside null; `text` pools the context it has anyway. */
const UNET_FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  addition_embed_type: ["text_time", "text"],
  class_embed_type: [],
  encoder_hid_dim_type: [],
};

/**
 * Checks that all parts of a model are known.
 *
 * @throws {TypeError} with the pipeline's name, what is not supported, and what is
 */
export function checkParts(index: Config, parts: Parts): void {
  for (const [part, kind] of parts) {
    if (![...USED, ...UNUSED].some((known) => known === part)) throw unsupported(index, `has a part ${part} (${kind})`);
  }
  const unet = parts.get("unet");
  if (unet === undefined) throw unsupported(index, "has no unet");
  if (!UNETS.test(unet)) throw unsupported(index, `has a ${unet}`);
  if (unet === "UNet2DConditionModel" && !CONTEXTS.some((part) => parts.has(part))) {
    throw unsupported(index, "has a UNet with cross-attention and nothing to attend to");
  }
  if (index.fields["requires_aesthetics_score"] === true) {
    throw unsupported(index, "is told an aesthetics score (requires_aesthetics_score, SDXL's refiner)");
  }
}

/**
 * Checks that a UNet takes nothing that is not known.
 *
 * @throws {TypeError} with the pipeline's name, what is not supported, and what is
 */
export function checkUnet(index: Config, unet: Config): void {
  for (const [field, known] of Object.entries(UNET_FIELDS)) {
    const value = unet.fields[field] ?? null;
    if (value !== null && !known.includes(value)) {
      throw unsupported(index, `has a UNet with ${field} ${JSON.stringify(value)}`);
    }
  }
}

function unsupported(index: Config, what: string): TypeError {
  const name = index.has("_class_name") ? index.string("_class_name") : "The model";
  return new TypeError(`${name} ${what}, which is not supported; ${SUPPORTED}`);
}

/** Classes of text encoders, and which kind they are on their own. */
const TEXT_ENCODERS: Readonly<Record<string, TextKind>> = {
  BertModel: "bert",
  LDMBertModel: "bert",
  CLIPTextModel: "clip",
};

/**
 * How a model's prompts are encoded; undefined if it takes none.
 *
 * @throws {TypeError} with the class of a text encoder that is not known, and those that are
 */
export async function textKindOf(folder: string, parts: Parts): Promise<TextKind | undefined> {
  const [first, second] = await Promise.all(["", "_2"].map((suffix) => textEncoderClass(folder, suffix, parts)));
  if (second === undefined && first === undefined) return undefined;
  if (second === "CLIPTextModelWithProjection" && first === "CLIPTextModel") return "clip-pair";
  const kind = second === undefined ? TEXT_ENCODERS[first!] : undefined;
  if (kind !== undefined) return kind;
  const found = [first, second].filter((each) => each !== undefined).join(" and ");
  const known = [...Object.keys(TEXT_ENCODERS), "CLIPTextModel with CLIPTextModelWithProjection"].join(", ");
  throw new TypeError(`The text encoder of ${folder} is ${found}; it must be one of ${known}`);
}

/** Where the index names only a runtime, the part's config or its tokenizer tells what was exported. */
async function textEncoderClass(folder: string, suffix: string, parts: Parts): Promise<string | undefined> {
  const part = `text_encoder${suffix}`;
  const named = parts.get(part);
  if (named === undefined || !RUNTIMES.test(named)) return named;
  const config = await ifThere(Config.read(folder, part, "config.json"));
  if (config?.has("architectures")) return config.strings("architectures")[0];
  return parts.get(`tokenizer${suffix}`)?.startsWith("CLIPTokenizer") ? "CLIPTextModel" : named;
}
