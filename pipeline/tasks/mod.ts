import type { Conditioning } from "../../models/components.ts";
import type { Model } from "../../models/model.ts";
import type { TaskName } from "../../models/task_names.ts";
import type { Device } from "../../runtime/device.ts";
import type { Latents, Tensor } from "../../runtime/tensor.ts";
import type { Pixels } from "../images/pixels.ts";
import type { RandomSource } from "../random/random.ts";
import type { GenerationRequest, RequestOf } from "../request/request.ts";
import type { Plan } from "../scheduler.ts";
import { classConditional } from "./class_conditional.ts";
import { imageToImage } from "./image_to_image.ts";
import { inpainting } from "./inpainting.ts";
import { layoutToImage } from "./layout_to_image.ts";
import { superResolution } from "./super_resolution.ts";
import { textToImage } from "./text_to_image.ts";
import { unconditional } from "./unconditional.ts";

/** Where denoising starts for one batch of B pictures, and under which conditions; who takes it disposes its tensors. */
export interface Start {
  /** [B, C, h, w]. */
  readonly latents: Latents;
  /** B rows. */
  readonly given: Conditioning;
  /** B rows of the empty condition, for classifier-free guidance; there is none if absent. */
  readonly ungiven?: Conditioning;
  /** [B, C′, h, w], concatenated to the latents in the denoiser's input. */
  readonly concat?: Latents;
  /** What stays as it is where the mask is 0, put back after every step. */
  readonly keep?: Keep;
}

/** The parts of a picture that stay, for models that have no input for a mask (masked mixing, as in RePaint and diffusers). */
export interface Keep {
  /** Clean latents of the picture, [B, C, h, w]. */
  readonly original: Latents;
  /** The noise that is added to them, [B, C, h, w]. */
  readonly noise: Latents;
  /** 1 where the picture is made anew, [B, 1, h, w]. */
  readonly mask: Tensor<"B 1 h w">;
}

/** A request whose conditions are encoded; holds what its batches share. */
export interface Prepared extends Disposable {
  /** What the caller should know about the request. */
  readonly notices: readonly string[];
  /**
   * The start of one batch.
   *
   * @param images indices of the batch's images
   * @param sources one source of normals for each, used for the start and then for the steps' noise
   * @param plan tells how noisy the start is
   */
  start(images: readonly number[], sources: readonly RandomSource[], plan: Plan): Promise<Start>;
  /** The picture that is handed over for one that was decoded; the same where absent. */
  readonly finish?: (image: Pixels) => Pixels;
}

/** A task decides where to start and under which conditions; the loop is shared by all. */
export type Task<Name extends TaskName> = (
  request: RequestOf<Name>,
  model: Model,
  device: Device,
) => Promise<Prepared>;

/** Every task, by the name that requests use. */
const TASKS: { readonly [Name in TaskName]: Task<Name> } = {
  "text-to-image": textToImage,
  "image-to-image": imageToImage,
  "inpainting": inpainting,
  "super-resolution": superResolution,
  "class-conditional": classConditional,
  "unconditional": unconditional,
  "layout-to-image": layoutToImage,
};

/** Encodes what a request asks for. */
export function prepare(request: GenerationRequest, model: Model, device: Device): Promise<Prepared> {
  return (TASKS[request.task] as Task<TaskName>)(request, model, device);
}
