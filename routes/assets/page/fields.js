// @ts-check

const TEXT = ["prompt", "negative_prompt"];
const SIZE = ["width", "height"];
const COMMON = ["model", "task", "steps", "scheduler", "seed", "count"];

/**
 * What can be chosen: the server's task and the fields that it has. Outpainting is inpainting of what was added.
 *
 * @type {Readonly<Record<string, { name: string, task: string, fields: readonly string[] }>>}
 */
export const CHOICES = {
  "text-to-image": { name: "Text to image", task: "text-to-image", fields: [...TEXT, ...SIZE, "guidance"] },
  "image-to-image": {
    name: "Image to image",
    task: "image-to-image",
    fields: [...TEXT, ...SIZE, "image", "fit", "strength", "guidance"],
  },
  "inpainting": {
    name: "Inpainting",
    task: "inpainting",
    fields: [...TEXT, ...SIZE, "image", "mask", "mask_blur", "region", "strength", "guidance"],
  },
  "outpainting": {
    name: "Outpainting",
    task: "inpainting",
    fields: [...TEXT, "image", "extend", "mask_blur", "guidance"],
  },
  "super-resolution": {
    name: "Super-resolution",
    task: "super-resolution",
    fields: [...TEXT, "image", "guidance"],
  },
  "class-conditional": { name: "Class", task: "class-conditional", fields: [...SIZE, "class", "guidance"] },
  "layout-to-image": { name: "Layout of boxes", task: "layout-to-image", fields: [...SIZE, "boxes", "guidance"] },
  "unconditional": { name: "Unconditional", task: "unconditional", fields: SIZE },
};

const NUMBERS = ["width", "height", "strength", "mask_blur", "guidance", "steps", "seed", "count"];

/** @typedef {{ id: string, tasks: readonly string[], max_tokens: number }} Model as `GET v1/models` tells it */

/**
 * The names of the choices that a model has.
 *
 * @param {Model} model
 */
export function choicesOf(model) {
  return Object.keys(CHOICES).filter((name) => model.tasks.includes(/** @type {any} */ (CHOICES[name]).task));
}

/**
 * The fields that a choice has with a model.
 *
 * @param {string} choice
 * @param {Model} model
 */
export function fieldsOf(choice, model) {
  const own = CHOICES[choice]?.fields ?? [];
  return [...COMMON, ...own].filter((field) => model.max_tokens > 0 || !TEXT.includes(field));
}

/**
 * The body of a request: of the form's values those that the choice has and that are not empty, which leaves the rest to the
 * model's defaults.
 *
 * @param {string} choice
 * @param {Model} model
 * @param {Readonly<Record<string, unknown>>} values text of inputs; pictures as data: URLs, boxes and margins as lists
 */
export function toBody(choice, model, values) {
  /** @type {Record<string, unknown>} */
  const body = {};
  for (const field of fieldsOf(choice, model)) {
    const value = field === "task" ? CHOICES[choice]?.task : values[field];
    if (value !== undefined && value !== "") body[field] = NUMBERS.includes(field) ? Number(value) : value;
  }
  return body;
}

/**
 * The choice by which a request was made.
 *
 * @param {{ task: string, extend?: unknown }} request
 */
export function choiceOf({ task, extend }) {
  return extend ? "outpainting" : task;
}
