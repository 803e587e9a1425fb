/** What can be asked of a model, by the names that requests use. */
export const TASK_NAMES = [
  "text-to-image",
  "image-to-image",
  "inpainting",
  "super-resolution",
  "class-conditional",
  "unconditional",
  "layout-to-image",
] as const;

/** Name of a task. */
export type TaskName = (typeof TASK_NAMES)[number];
