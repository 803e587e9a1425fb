/**
 * A request with nothing left open, and how its pictures are handed over.
 *
 * @module
 */
import type { Box } from "../../models/components.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import type { Mask } from "../images/mask.ts";
import type { Pixels } from "../images/pixels.ts";
import type { Pasting } from "../images/regions/paste_region.ts";
import type { GeneratorName } from "../random/mod.ts";
import type { PlanOptions } from "../scheduler.ts";
import type { SchedulerName } from "../schedulers/mod.ts";
import { tileCount, type TileGrid } from "../tiles/tile_grid.ts";

/** What every task has. */
interface Common {
  /** Name of the model. */
  readonly model: string;
  /** What the picture shows; empty where the task has no text. */
  readonly prompt: string;
  /** What guidance leads away from. */
  readonly negative_prompt: string;
  /** Whether emphasis in prompts is read as AUTOMATIC1111 does. */
  readonly emphasis: boolean;
  /** Which hidden layer of a CLIP text encoder counts, from the last, 1; the model's own if absent. */
  readonly clip_skip?: number;
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
  /** A second seed, whose noise is blended with the first's along the sphere. */
  readonly seed_to?: number;
  /** A second prompt, whose encoding is blended with the first's. */
  readonly prompt_to?: string;
  /** How far to go to the second seed or prompt, 0 … 1; from 0 to 1 over the pictures, all of one seed, if absent. */
  readonly blend?: number;
}

/** Where the denoising of a given picture starts. */
interface FromPicture {
  /** The picture, of the request's width and height. */
  readonly image: Pixels;
  /** The share of the steps that is done, 0 … 1: how much of the picture is made anew. */
  readonly strength: number;
}

/** A request with nothing left open: what it says, together with the model's weights, determines the pictures. */
export type GenerationRequest =
  & Common
  & (
    | { readonly task: "text-to-image" }
    | { readonly task: "image-to-image" } & FromPicture
    | {
      readonly task: "inpainting";
      /** Of the request's width and height. */
      readonly mask: Mask;
      /** Where the result goes back in, if the picture has another size or only a part of it is worked on. */
      readonly paste?: Pasting;
    } & FromPicture
    | {
      readonly task: "super-resolution";
      /** The low-resolution picture. */
      readonly image: Pixels;
      /** What its result is put together from. */
      readonly tiles: TileGrid;
      /** Rounds in which the result is made to agree with the picture. */
      readonly back_projection: number;
    }
    | { readonly task: "class-conditional"; /** Class id. */ readonly class: number }
    | { readonly task: "unconditional" }
    | { readonly task: "layout-to-image"; readonly boxes: readonly Box[] }
  );

/** The request of one task. */
export type RequestOf<Task extends GenerationRequest["task"]> = GenerationRequest & { readonly task: Task };

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

/** How many steps are left out at the noisy end, as diffusers' image-to-image pipelines have it: none without a picture. */
export function firstStep(request: GenerationRequest): number {
  if (request.task !== "image-to-image" && request.task !== "inpainting") return 0;
  return request.steps - Math.min(Math.floor(request.steps * request.strength), request.steps);
}

/** Width and height of a request's pictures: its own, unless they go back into a picture of another size. */
export function resultSize(request: GenerationRequest): { readonly width: number; readonly height: number } {
  return request.task === "inpainting" ? request.paste?.image ?? request : request;
}

/** Work of a request, width · height · steps · count; with tiles, the pixels of all of them count. */
export function workOf(request: GenerationRequest): number {
  const { steps, count } = request;
  if (request.task !== "super-resolution") return request.width * request.height * steps * count;
  const { tiles } = request;
  return tiles.width * tiles.height * tileCount(tiles) * steps * count;
}

/** What a request asks of its scheduler; models that were distilled with guidance do all their few steps on a picture, too. */
export function planOptions(request: GenerationRequest, model: ModelInfo): PlanOptions {
  const options = { eta: request.eta, firstStep: firstStep(request) };
  return model.isGuidanceDistilled && "strength" in request ? { ...options, strength: request.strength } : options;
}

/** Whether the pictures go from one seed or prompt to another, all of one seed. */
function isWay({ seed_to, prompt_to, blend }: GenerationRequest): boolean {
  return blend === undefined && (seed_to !== undefined || prompt_to !== undefined);
}

/** The seed of one picture of a request. */
export function seedOf(request: GenerationRequest, image: number): number {
  return isWay(request) ? request.seed : request.seed + image;
}

/** How far one picture of a request is on the way to the second seed or prompt, 0 … 1. */
export function blendOf(request: GenerationRequest, image: number): number {
  return isWay(request) ? image / (request.count - 1) : request.blend ?? 0;
}
