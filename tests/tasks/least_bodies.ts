import type { TaskName } from "../../models/task_names.ts";
import { plainPng } from "./all_tasks.ts";

/** A picture that is wider than high. */
export const IMAGE = await plainPng(64, 48);
/** A mask of all of it. */
export const WHITE = await plainPng(64, 48, [255, 255, 255]);
/** An object of a layout. */
export const BOX = { box: [0, 0, 0.5, 1], text: "cat" };

/** The least that each task needs. */
export const LEAST: Readonly<Record<TaskName, Record<string, unknown>>> = {
  "text-to-image": { prompt: "x" },
  "image-to-image": { image: IMAGE, prompt: "x" },
  "inpainting": { image: IMAGE, mask: WHITE, prompt: "x" },
  "super-resolution": { image: await plainPng(16, 20) },
  "class-conditional": { class: "mammals" },
  "unconditional": {},
  "layout-to-image": { boxes: [BOX] },
};
