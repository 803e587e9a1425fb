import type { ModelInfo } from "../../models/model_info.ts";
import type { TaskName } from "../../models/task_names.ts";
import { findScheduler, SCHEDULERS } from "../schedulers/mod.ts";
import { readInpainting } from "./inpainting.ts";
import { readPictures } from "./pictures.ts";
import { clipSkipIssues, emphasisIssues } from "./model_issues.ts";
import type { Delivery, GenerationRequest } from "./request.ts";
import { InvalidRequestError } from "./request_error.ts";
import {
  blendIssues,
  budgetIssues,
  classIssue,
  layoutIssues,
  modelIssue,
  planIssues,
  schedulerIssue,
  schemaIssues,
  seedIssues,
  sizeIssues,
} from "./request_issues.ts";
import { type Asked, FIELDS, MAX_SEED, RequestSchema } from "./schema.ts";
import { taskIssues, taskOf } from "./task_fields.ts";

/** Most width · height · steps · count of one request: one 512x512 picture with 1000 steps, or 800 of 128x128 with 20. */
export const BUDGET = 2 ** 28;

/** A request that can be honoured, with the model that will. */
export interface ReadRequest {
  readonly request: GenerationRequest;
  readonly model: ModelInfo;
  readonly delivery: Delivery;
}

/** Draws a seed with room for `count` pictures. */
export function randomSeed(count: number): number {
  return Math.min(crypto.getRandomValues(new Uint32Array(1))[0]!, MAX_SEED - (count - 1));
}

/**
 * Checks a request, decodes its pictures and fills in every default.
 *
 * @param body what came in, parsed but unchecked; pictures may be bytes instead of base64
 * @param models at least one; the first is the default
 * @param draw gives a seed with room for so many pictures
 * @throws {InvalidRequestError} with everything that is wrong
 */
export async function readRequest(
  body: unknown,
  models: readonly ModelInfo[],
  draw: (count: number) => number = randomSeed,
): Promise<ReadRequest> {
  const parsed = RequestSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) throw new InvalidRequestError(schemaIssues(parsed.error, FIELDS, models));
  const asked = parsed.data;
  const model = models.find(({ name }) => name === (asked.model ?? models[0]?.name));
  if (model === undefined) throw new InvalidRequestError([modelIssue(asked.model, models)]);
  const task = taskOf(asked, model);
  check(taskIssues(task, asked, Object.keys(body as object), model));
  const wanted = asked.scheduler ?? model.defaults.scheduler;
  const scheduler = findScheduler(wanted);
  if (scheduler === undefined) throw new InvalidRequestError([schedulerIssue(wanted, Object.keys(SCHEDULERS))]);

  const common = {
    model: model.name,
    prompt: asked.prompt ?? "",
    negative_prompt: asked.negative_prompt ?? "",
    emphasis: asked.emphasis,
    ...(asked.clip_skip !== undefined && { clip_skip: asked.clip_skip }),
    seed: asked.seed ?? draw(asked.count),
    steps: asked.steps ?? model.defaults.steps,
    guidance: asked.guidance ?? defaultGuidance(task, asked, model),
    eta: asked.eta,
    rng: asked.rng,
    scheduler,
    count: asked.count,
    ...(asked.seed_to !== undefined && { seed_to: asked.seed_to }),
    ...(asked.prompt_to !== undefined && { prompt_to: asked.prompt_to }),
    ...(asked.blend !== undefined && { blend: asked.blend }),
  };
  const request = { ...common, ...await ofTask(task, asked, model) };
  const issues = [
    ...(task === "super-resolution" ? [] : sizeIssues(request, model)),
    ...emphasisIssues(request, model),
    ...clipSkipIssues(request, model),
    ...seedIssues(request, MAX_SEED),
    ...blendIssues(request),
    ...planIssues(request, model),
  ];
  // A size that is refused anyway would make any cost.
  if (issues.length === 0) issues.push(...budgetIssues(request, BUDGET));
  check(issues);
  return { request, model, delivery: { previews: asked.previews, metadata: asked.metadata } };
}

function check(issues: ConstructorParameters<typeof InvalidRequestError>[0]): void {
  if (issues.length > 0) throw new InvalidRequestError(issues);
}

/** Guidance leads from the empty condition to the given one; where nothing is given it would only cost. */
function defaultGuidance(task: TaskName, { prompt = "" }: Asked, { defaults }: ModelInfo): number {
  if (task === "unconditional" || (task === "super-resolution" && prompt === "")) return 1;
  return defaults.guidance;
}

/** What only this task has. */
async function ofTask(task: TaskName, asked: Asked, model: ModelInfo) {
  const size = { width: asked.width ?? model.defaults.width, height: asked.height ?? model.defaults.height };
  switch (task) {
    case "text-to-image":
    case "unconditional":
      return { task, ...size };
    case "class-conditional": {
      const found = findClass(asked.class!, model);
      if (found === undefined) throw new InvalidRequestError([classIssue(asked.class!, model)]);
      return { task, ...size, class: found };
    }
    case "layout-to-image":
      check(layoutIssues(asked.boxes!, model));
      return { task, ...size, boxes: asked.boxes! };
    case "inpainting":
      return await readInpainting(asked, model);
    default:
      return await readPictures(task, asked, model);
  }
}

function findClass(wanted: string | number, { classes = [] }: ModelInfo): number | undefined {
  const plain = typeof wanted === "string" ? wanted.trim().toLowerCase() : wanted;
  const named = classes.findIndex((name) => name.toLowerCase() === plain);
  if (named !== -1) return named;
  const id = /^\d+$/.test(String(plain)) ? Number(plain) : -1;
  return id >= 0 && id < classes.length ? id : undefined;
}
