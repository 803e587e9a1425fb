/**
 * What can be asked for: the one schema behind HTTP validation, command-line flags, defaults and `/openapi.json`.
 *
 * @module
 */
import { z } from "zod";
import type { ModelInfo } from "../../models/model_info.ts";
import type { GeneratorName } from "../random/mod.ts";
import { InvalidRequestError } from "./request_error.ts";
import { findScheduler, type SchedulerName, SCHEDULERS } from "../schedulers/mod.ts";
import {
  budgetIssues,
  modelIssue,
  planIssues,
  schedulerIssue,
  schemaIssues,
  seedIssues,
  sizeIssues,
} from "./request_issues.ts";

/** The largest seed: MT19937, which makes the noise, is seeded with 32 bits, so larger ones would only be other names. */
export const MAX_SEED = 2 ** 32 - 1;
/** Most characters (code points) of a prompt; how many tokens have influence is up to the model. */
export const MAX_PROMPT = 4000;
/** Most pictures of one request. */
export const MAX_COUNT = 16;
/** How many previews there are if nothing was said and the answer can hold them. */
export const DEFAULT_PREVIEWS = 4;
/** Most width · height · steps · count of one request: one 512x512 picture with 1000 steps, or 800 of 128x128 with 20. */
export const BUDGET = 2 ** 28;

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const real = (min: number, max: number) => {
  const error = `must be a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
};
const text = () =>
  z.string("must be text")
    .refine((value) => value.isWellFormed(), "must be well-formed Unicode, without lone surrogates")
    .refine((value) => !value.includes("\0"), "must not contain the character NUL")
    .refine((value) => [...value].length <= MAX_PROMPT, `must have at most ${MAX_PROMPT} characters`);
const name = () =>
  z.string("must be a name").regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "must be a name of letters, digits, . _ -");
const pixels = () => z.int("must be a whole number of pixels").positive("must be a whole number of pixels");

/** The body of `POST /v1/generate`; every field is a query parameter of the GET form and a flag of `generate`, too. */
export const RequestSchema = z.strictObject({
  prompt: text().refine((value) => value.trim() !== "", "must not be empty").meta({
    description: "What the picture shows",
    minLength: 1,
    maxLength: MAX_PROMPT,
    example: "a red apple, fluent style",
  }),
  negative_prompt: text().default("").meta({
    description: "What guidance leads away from; works with guidance above 1",
    maxLength: MAX_PROMPT,
  }),
  seed: whole(0, MAX_SEED).nullish().meta({
    description: "Same seed, same picture; picture i of a request has seed + i. A random one is drawn if absent",
    example: 42,
  }),
  steps: whole(1, 1000).optional().meta({ description: "Denoising steps; the model's default if absent", example: 20 }),
  guidance: real(0, 100).optional().meta({
    description: "Scale of classifier-free guidance, 1 for none; the model's default if absent",
    example: 7.5,
  }),
  eta: real(0, 1).default(0).meta({ description: "Fresh noise in every step: 0 is DDIM, 1 is DDPM" }),
  rng: z.enum(["torch", "philox"], 'must be "torch" or "philox"').default("torch").meta({
    description: "Whose noise a seed stands for: PyTorch's on the CPU, or CUDA's, which AUTOMATIC1111 calls NV",
  }),
  width: pixels().optional().meta({ description: "Pixels; the model's default if absent", example: 128 }),
  height: pixels().optional().meta({ description: "Pixels; the model's default if absent", example: 128 }),
  scheduler: z.string("must be a name").regex(/^[\w .+-]{1,64}$/, "must be a name of letters, digits, space . _ + -")
    .optional().meta({ description: "By its own, diffusers' or AUTOMATIC1111's name", example: "ddim" }),
  count: whole(1, MAX_COUNT).default(1).meta({ description: `How many pictures, at most ${MAX_COUNT}` }),
  model: name().optional().meta({ description: "Which model; see `/v1/models`", example: "emoji-128" }),
  previews: whole(0, 100).optional().meta({
    description:
      `At most so many previews of the picture being made; ${DEFAULT_PREVIEWS} if absent and the answer can hold them`,
  }),
  metadata: z.enum(["full", "none"], `must be "full" or "none"`).default("full").meta({
    description: "Whether prompt, settings, seed and model hash are written into the PNG",
  }),
}).meta({ id: "GenerationRequest", description: "A picture from a prompt" });

/** Names of everything that can be asked for. */
export const FIELDS = Object.keys(RequestSchema.shape) as readonly (keyof typeof RequestSchema.shape)[];

/** A request with nothing left open: what it says, together with the model's weights, determines the pictures. */
export interface GenerationRequest {
  readonly task: "text-to-image";
  /** Name of the model. */
  readonly model: string;
  readonly prompt: string;
  readonly negative_prompt: string;
  /** Seed of the first picture, 0 … 2³² − count. */
  readonly seed: number;
  readonly steps: number;
  /** Scale w of classifier-free guidance (Ho & Salimans 2022). */
  readonly guidance: number;
  /** η of DDIM (Song et al. 2021, equation 16). */
  readonly eta: number;
  /** Whose noise the seed stands for. */
  readonly rng: GeneratorName;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly scheduler: SchedulerName;
  /** How many pictures. */
  readonly count: number;
  /** Start noise [count, C, h, w] in place of that of the seed. */
  readonly latents?: Float32Array;
}

/** How the caller wants the pictures handed over; nothing here changes them. */
export interface Delivery {
  /** At most so many previews; undefined if nothing was said. */
  readonly previews: number | undefined;
  /** Whether text is written into the PNG. */
  readonly metadata: "full" | "none";
}

/** After how many steps each there is a preview, so that there are at most `previews`; undefined for none. */
export function previewInterval(steps: number, previews: number): number | undefined {
  return previews === 0 ? undefined : Math.ceil(steps / (previews + 1));
}

/** Draws a seed with room for `count` pictures. */
export function randomSeed(count: number): number {
  return Math.min(crypto.getRandomValues(new Uint32Array(1))[0]!, MAX_SEED - (count - 1));
}

/**
 * Checks a request and fills in every default.
 *
 * @param body what came in, parsed but unchecked
 * @param models at least one; the first is the default
 * @param draw gives a seed with room for so many pictures
 * @throws {InvalidRequestError} with everything that is wrong
 */
export function readRequest(
  body: unknown,
  models: readonly ModelInfo[],
  draw: (count: number) => number = randomSeed,
): { readonly request: GenerationRequest; readonly model: ModelInfo; readonly delivery: Delivery } {
  const parsed = RequestSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) throw new InvalidRequestError(schemaIssues(parsed.error, FIELDS, models));
  const { previews, metadata, ...asked } = parsed.data;
  const model = models.find(({ name }) => name === (asked.model ?? models[0]?.name));
  if (model === undefined) throw new InvalidRequestError([modelIssue(asked.model, models)]);
  const wanted = asked.scheduler ?? model.defaults.scheduler;
  const scheduler = findScheduler(wanted);
  if (scheduler === undefined) throw new InvalidRequestError([schedulerIssue(wanted, Object.keys(SCHEDULERS))]);
  const request: GenerationRequest = {
    task: "text-to-image",
    ...asked,
    model: model.name,
    seed: asked.seed ?? draw(asked.count),
    steps: asked.steps ?? model.defaults.steps,
    guidance: asked.guidance ?? model.defaults.guidance,
    width: asked.width ?? model.defaults.width,
    height: asked.height ?? model.defaults.height,
    scheduler,
  };
  const issues = [...sizeIssues(request, model), ...seedIssues(request, MAX_SEED), ...planIssues(request, model)];
  // A size that is refused anyway would make any cost.
  if (issues.length === 0) issues.push(...budgetIssues(request, BUDGET));
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return { request, model, delivery: { previews, metadata } };
}
