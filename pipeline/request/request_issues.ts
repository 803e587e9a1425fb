/**
 * The sentences about requests that cannot be honoured: the value that came, then what would be right.
 *
 * @module
 */
import type { z } from "zod";
import type { ModelInfo } from "../../models/model_info.ts";
import type { Box } from "../../models/components.ts";
import { SCHEDULERS } from "../schedulers/mod.ts";
import { tileCount } from "../tiles/tile_grid.ts";
import { closest } from "./closest.ts";
import { fixedSizeIssues } from "./model_issues.ts";
import { type GenerationRequest, planOptions, workOf } from "./request.ts";
import { type Issue, type IssueCode, shown } from "./request_error.ts";

/** Names that other programs use for our fields. */
const FOREIGN_NAMES: Readonly<Record<string, string>> = {
  batch_size: "count",
  box: "boxes",
  cfg: "guidance",
  cfg_scale: "guidance",
  ddim_steps: "steps",
  denoising_strength: "strength",
  guidance_scale: "guidance",
  init_image: "image",
  n: "count",
  n_samples: "count",
  negative: "negative_prompt",
  num_images_per_prompt: "count",
  num_inference_steps: "steps",
  sampler: "scheduler",
  sampler_name: "scheduler",
  scale: "guidance",
  size: "width and height",
  text: "prompt",
};

/** What the schema found wrong, at most one issue a field. */
export function schemaIssues(error: z.ZodError, fields: readonly string[], models: readonly ModelInfo[]): Issue[] {
  const issues = new Map<string, Issue>();
  for (const found of error.issues) {
    if (found.code === "unrecognized_keys") {
      for (const key of found.keys) issues.set(key, unknownIssue(key, fields));
    } else {
      const param = found.path.join(".");
      if (!issues.has(param)) issues.set(param, param === "" ? bodyIssue(found) : fieldIssue(param, found, models));
    }
  }
  return [...issues.values()];
}

function bodyIssue({ input }: z.core.$ZodIssue): Issue {
  return { param: null, code: "invalid_type", message: `The request is ${shown(input)}; it must be an object` };
}

function fieldIssue(param: string, found: z.core.$ZodIssue, models: readonly ModelInfo[]): Issue {
  const { input, message: wish } = found;
  if (input === undefined) return { param, code: "missing_parameter", message: `${param} is missing; it ${wish}` };
  if ((param === "width" || param === "height") && models[0]) return sizeIssue(param, input, models[0]);
  return { param, code: codeOf(param, found), message: `${param} is ${shown(input)}; it ${wish}` };
}

function codeOf(param: string, found: z.core.$ZodIssue): IssueCode {
  if (param === "model") return "invalid_model";
  // To zod a fraction or NaN is of another type than a whole number.
  const numeric = found.code !== "invalid_type" || found.expected !== "string";
  // Where there is a rule of our own, for pictures and text, no number is right.
  if (typeof found.input === "number" && found.code === "custom") return "invalid_type";
  if (typeof found.input === "number" && numeric) return "out_of_range";
  if (found.code === "invalid_type") return "invalid_type";
  return param.endsWith("prompt") ? "invalid_prompt" : "invalid_value";
}

/** A field that does not exist, with the one that was probably meant. */
function unknownIssue(param: string, fields: readonly string[]): Issue {
  const meant = meantField(param, fields);
  const hint = meant === undefined ? `known are ${fields.join(", ")}` : `did you mean ${meant}?`;
  return { param, code: "unknown_parameter", message: `${shown(param)} is not known; ${hint}` };
}

/** The field that was probably meant by a name that is none's; undefined if none comes near. */
export function meantField(name: string, fields: readonly string[]): string | undefined {
  return FOREIGN_NAMES[name.toLowerCase()] ?? closest(name, fields);
}

/** A model that is not there. */
export function modelIssue(model: string | undefined, models: readonly ModelInfo[]): Issue {
  return { param: "model", code: "model_not_found", message: notFound("model", model, models.map(({ name }) => name)) };
}

/** A scheduler that is not there. */
export function schedulerIssue(scheduler: string, schedulers: readonly string[]): Issue {
  return { param: "scheduler", code: "scheduler_not_found", message: notFound("scheduler", scheduler, schedulers) };
}

function notFound(param: string, value: string | undefined, names: readonly string[]): string {
  const meant = value === undefined ? undefined : closest(value, names);
  const hint = meant === undefined ? "" : `did you mean ${meant}? `;
  return `${param} is ${shown(value ?? null)}; ${hint}known are ${names.join(", ") || "none"}`;
}

type PictureSize = Pick<GenerationRequest, "width" | "height">;

/** Width or height that the model cannot make. */
export function sizeIssues(request: PictureSize, model: ModelInfo): Issue[] {
  if (model.fixedSize) return fixedSizeIssues(request, model);
  return (["width", "height"] as const)
    .filter((side) =>
      !(request[side] % model.sizeMultiple === 0 && nearest(request[side], model).includes(request[side]))
    )
    .map((side) => sizeIssue(side, request[side], model));
}

function sizeIssue(param: string, value: unknown, model: ModelInfo): Issue {
  const { name, sizeMultiple, size: { min, max } } = model;
  const sizes = typeof value === "number" && !Number.isNaN(value) ? nearest(value, model) : [];
  const hint = sizes.length === 0 ? "" : `; nearest ${sizes.length > 1 ? "are" : "is"} ${sizes.join(" and ")}`;
  const message = `${param} is ${
    shown(value)
  }, but ${name} makes multiples of ${sizeMultiple} from ${min} to ${max}${hint}`;
  return { param, code: "invalid_size", message };
}

function nearest(value: number, { sizeMultiple, size: { min, max } }: ModelInfo): number[] {
  const sides = [Math.floor(value / sizeMultiple), Math.ceil(value / sizeMultiple)].map((times) =>
    times * sizeMultiple
  );
  return [...new Set(sides.map((side) => Math.min(max, Math.max(min, side))))];
}

/** A seed without room for all pictures. */
export function seedIssues(request: GenerationRequest, largest: number): Issue[] {
  const { count } = request;
  const most = largest - (count - 1);
  return (["seed", "seed_to"] as const).filter((param) => (request[param] ?? 0) > most).map((param) => ({
    param,
    code: "out_of_range",
    message: `${param} is ${
      request[param]
    }; with count ${count} it must be at most ${most}, for picture i has ${param} + i`,
  }));
}

/** A blend of nothing, or a way of which only the start would be shown. */
export function blendIssues({ seed_to, prompt_to, blend, count }: GenerationRequest): Issue[] {
  const goes = seed_to !== undefined || prompt_to !== undefined;
  if (blend !== undefined && !goes) {
    const message = `blend is ${blend}, but there is nothing to blend with; give seed_to or prompt_to, too`;
    return [{ param: "blend", code: "invalid_value", message }];
  }
  if (!goes || blend !== undefined || count > 1) return [];
  const message = "count is 1, but a way from one seed or prompt to another has at least 2 pictures; or give blend";
  return [{ param: "count", code: "out_of_range", message }];
}

/** A class that the model does not have. */
export function classIssue(wanted: string | number, { name, classes = [] }: ModelInfo): Issue {
  const meant = typeof wanted === "string" ? closest(wanted, classes) : undefined;
  const hint = meant === undefined ? "" : `did you mean ${shown(meant)}? `;
  const message = `class is ${shown(wanted)}; ${hint}${name} has the classes 0 to ${
    classes.length - 1
  }, see /v1/models or \`models show ${name}\``;
  return { param: "class", code: "class_not_found", message };
}

/** More objects than the model was trained with. */
export function layoutIssues(boxes: readonly Box[], { name, maxObjects = 0 }: ModelInfo): Issue[] {
  if (boxes.length <= maxObjects) return [];
  const message = `boxes has ${boxes.length} objects; ${name} takes at most ${maxObjects}`;
  return [{ param: "boxes", code: "out_of_range", message }];
}

/** What the scheduler cannot do with this model, such as more steps than it was trained with. */
export function planIssues(request: GenerationRequest, model: ModelInfo): Issue[] {
  const { scheduler, steps } = request;
  const options = planOptions(request, model);
  if (options.firstStep === steps && "strength" in request) {
    const message = `strength is ${request.strength}; with ${steps} steps it must be at least ${1 / steps}`;
    return [{ param: "strength", code: "out_of_range", message }];
  }
  try {
    SCHEDULERS[scheduler].plan(model.schedulerConfig, steps, options);
    return [];
  } catch (error) {
    const { message } = error as Error;
    const param = ["steps", "eta", "strength"].find((field) => message.startsWith(`${field} is `)) ?? "scheduler";
    return [{ param, code: param === "scheduler" ? "invalid_value" : "out_of_range", message }];
  }
}

/** More work than one request may ask for. */
export function budgetIssues(request: GenerationRequest, budget: number): Issue[] {
  const work = workOf(request);
  if (work <= budget) return [];
  const tiles = request.task === "super-resolution" ? tileCount(request.tiles) : 1;
  const what = tiles > 1 ? `width · height · steps · count of ${tiles} tiles` : "width · height · steps · count";
  const message = `${what} is ${work}; it must be at most ${budget}`;
  return [{ param: null, code: "budget_exceeded", message }];
}
