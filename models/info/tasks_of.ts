import type { ConcatPart } from "../concat.ts";
import { TASK_NAMES, type TaskName } from "../task_names.ts";

/** What a model consists of, as far as it decides what can be asked for. */
export interface Capabilities {
  /** Whether prompts are encoded. */
  readonly text: boolean;
  /** Whether there is a class embedder, or the denoiser takes labels. */
  readonly classes: boolean;
  /** Whether there is a layout encoder. */
  readonly layouts: boolean;
  /** Whether pictures can be encoded. */
  readonly pictures: boolean;
  /** What the denoiser takes beside latents. */
  readonly concat: readonly ConcatPart[];
}

/**
 * What a model can be asked for, the usual first: a denoiser that needs a low-resolution picture or a mask can do nothing else.
 *
 * @throws {TypeError} if it needs pictures but has no encoder
 */
export function tasksOf({ text, classes, layouts, pictures, concat }: Capabilities): readonly TaskName[] {
  const takes = (name: ConcatPart["name"]) => concat.some((part) => part.name === name);
  if (takes("low_resolution")) return ["super-resolution"];
  if (takes("masked_image_latents")) {
    if (pictures) return ["inpainting"];
    throw new TypeError("The UNet takes masked latents, but the model has no vae_encoder; export it with one");
  }
  return [
    ...(text ? ["text-to-image", ...(pictures ? ["image-to-image", "inpainting"] as const : [])] as const : []),
    ...(classes ? ["class-conditional"] as const : []),
    ...(layouts ? ["layout-to-image"] as const : []),
    ...(!text && !classes && !layouts ? ["unconditional"] as const : []),
  ];
}

/**
 * Checks the tasks that a model names itself.
 *
 * @throws {TypeError} naming one that is unknown
 */
export function checkTasks(tasks: readonly string[]): readonly TaskName[] {
  const unknown = tasks.find((task) => !(TASK_NAMES as readonly string[]).includes(task));
  if (unknown === undefined) return tasks as readonly TaskName[];
  throw new TypeError(`The model's tasks name ${JSON.stringify(unknown)}; known are ${TASK_NAMES.join(", ")}`);
}
