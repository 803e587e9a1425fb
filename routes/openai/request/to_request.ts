/**
 * From bodies of OpenAI's to those of latentd's own dialect.
 *
 * @module
 */
import type { ModelInfo } from "../../../models/model_info.ts";
import { alphaMask } from "./alpha_mask.ts";
import type { EditFields, GenerationFields, VariationFields } from "./fields.ts";
import { oneName, onePicture, urlOf } from "./one_value.ts";

/** What is to be made, as `readRequest` takes it. */
export interface Asked {
  readonly body: Readonly<Record<string, unknown>>;
  /** What the client calls fields that have other names in the body. */
  readonly names: Readonly<Record<string, string>>;
  /** The size as it was written; absent if it was left open. */
  readonly size?: string;
}

/** Fields that all requests may have. */
type Shared = Partial<Omit<VariationFields, "image">>;

/** Names that OpenAI's clients send where their users choose none. */
const OPENAI_MODEL = /^(chatgpt|gpt)-image-|^dall-e-/;
/** A variation is still like its picture; at the usual strength hardly anything of it would be left. */
const VARIATION_STRENGTH = 0.6;

/** A picture from a prompt. @throws {InvalidRequestError} */
export function toGeneration({ prompt, ...fields }: GenerationFields, models: readonly ModelInfo[]): Asked {
  return toAsked(fields, models, { prompt });
}

/** Inpainting where there is a mask, the whole picture made over where there is none. @throws {InvalidRequestError} */
export async function toEdit({ prompt, ...fields }: EditFields, models: readonly ModelInfo[]): Promise<Asked> {
  const mask = fields.mask == null ? undefined : await alphaMask(urlOf("mask", fields.mask));
  const task = mask ? "inpainting" : "image-to-image";
  const image = "images" in fields ? onePicture(fields.images) : fields.image;
  return toAsked(fields, models, { task, prompt, image, mask });
}

/** Image-to-image with an empty prompt. @throws {InvalidRequestError} */
export function toVariation({ image, ...fields }: VariationFields, models: readonly ModelInfo[]): Asked {
  // Guidance leads from the negative prompt to the prompt; where both are empty it would only cost.
  const guidance = fields.negative_prompt ? undefined : 1;
  return toAsked(fields, models, { task: "image-to-image", image, strength: VARIATION_STRENGTH, guidance });
}

function toAsked(fields: Shared, models: readonly ModelInfo[], rest: Readonly<Record<string, unknown>>): Asked {
  const [steps, stepsName] = oneName(fields, "steps", "num_inference_steps");
  const [guidance, guidanceName] = oneName(fields, "cfg_scale", "guidance_scale");
  const size = fields.size === "auto" ? undefined : fields.size ?? undefined;
  const [width, height] = size?.split("x").map(Number) ?? [];
  const { model, n: count, seed, negative_prompt, strength, scheduler } = fields;
  const isHere = models.some(({ name }) => name === model);
  return {
    body: {
      ...present(rest),
      ...present({ model: !isHere && OPENAI_MODEL.test(model ?? "") ? undefined : model }),
      ...present({ width, height, count, seed, steps, guidance, negative_prompt, strength, scheduler }),
    },
    names: { count: "n", steps: stepsName, guidance: guidanceName },
    ...(size !== undefined && { size }),
  };
}

function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}
