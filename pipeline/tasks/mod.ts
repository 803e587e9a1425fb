import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import type { Context, Latents } from "../../runtime/tensor.ts";
import type { RandomSource } from "../random/random.ts";
import type { GenerationRequest } from "../request/request.ts";
import { textToImage } from "./text_to_image.ts";

/** Where denoising starts for one batch, and under which conditions; the loop disposes the tensors. */
export interface Start {
  /** [B, C, h, w]. */
  readonly latents: Latents;
  /** [B, N, D], or [2·B, N, D] with the ungiven rows first; the latter means classifier-free guidance. */
  readonly context: Context;
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
   * @param initialNoise standard deviation that the scheduler wants
   */
  start(images: readonly number[], sources: readonly RandomSource[], initialNoise: number): Start;
}

/** A task decides where to start and under which conditions; the loop is shared by all. */
export type Task = (request: GenerationRequest, model: Model, device: Device) => Promise<Prepared>;

/** Every task, by the name that requests use. */
export const TASKS = { "text-to-image": textToImage } as const satisfies Readonly<Record<string, Task>>;

/** Name of a task. */
export type TaskName = keyof typeof TASKS;
