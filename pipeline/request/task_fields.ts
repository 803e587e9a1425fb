/**
 * Which task is meant, and which fields belong to it.
 *
 * @module
 */
import type { ModelInfo } from "../../models/model_info.ts";
import type { TaskName } from "../../models/task_names.ts";
import { type Issue, shown } from "./request_error.ts";
import type { Asked, Field } from "./schema.ts";

const TEXT = ["prompt", "negative_prompt", "prompt_to", "emphasis", "clip_skip"] as const;
const SIZE = ["width", "height"] as const;
const FROM_PICTURE = ["image", "fit", "strength"] as const;

/** The fields that only some tasks have, and the tasks that have them. */
const OWN_FIELDS: Readonly<Record<TaskName, readonly Field[]>> = {
  "text-to-image": [...TEXT, ...SIZE, "guidance"],
  "image-to-image": [...TEXT, ...SIZE, ...FROM_PICTURE, "guidance"],
  "inpainting": [
    ...TEXT,
    ...SIZE,
    ...FROM_PICTURE,
    "guidance",
    "mask",
    "mask_blur",
    "extend",
    "region",
    "region_padding",
  ],
  "super-resolution": [...TEXT, "guidance", "image", "back_projection"],
  "class-conditional": [...SIZE, "guidance", "class"],
  "unconditional": SIZE,
  "layout-to-image": [...SIZE, "guidance", "boxes"],
};
const ANY_TASKS_OWN = new Set(Object.values(OWN_FIELDS).flat());

/** Fields without which a task cannot be done. */
const NEEDED: Readonly<Record<TaskName, readonly Field[]>> = {
  "text-to-image": ["prompt"],
  "image-to-image": ["image"],
  "inpainting": ["image"],
  "super-resolution": ["image"],
  "class-conditional": ["class"],
  "unconditional": [],
  "layout-to-image": ["boxes"],
};

/** The task that was asked for or, if none was, the one that the given fields are for. */
export function taskOf(asked: Asked, model: ModelInfo): TaskName {
  if (asked.task) return asked.task;
  if (asked.boxes) return "layout-to-image";
  if (asked.class !== undefined) return "class-conditional";
  if (asked.mask || asked.extend) return "inpainting";
  if (asked.image) {
    const tasks = model.tasks.filter((task) => NEEDED[task].includes("image"));
    return tasks.length === 1 ? tasks[0]! : "image-to-image";
  }
  return asked.prompt === undefined ? model.tasks[0]! : "text-to-image";
}

/** What is wrong with the choice of the task and of its fields; `given` are the names of those that came. */
export function taskIssues(task: TaskName, asked: Asked, given: readonly string[], model: ModelInfo): Issue[] {
  if (!model.tasks.includes(task)) return [unableIssue(task, model)];
  const hasText = model.maxTokens > 0;
  const own = OWN_FIELDS[task].filter((field) => hasText || !(TEXT as readonly Field[]).includes(field));
  const idle = given.filter((field) => ANY_TASKS_OWN.has(field as Field) && !own.includes(field as Field));
  const missing = NEEDED[task].filter((field) => asked[field] === undefined);
  return [
    ...idle.map((field) => idleIssue(field as Field, task, model)),
    ...missing.map((field) => missingIssue(field, task)),
  ];
}

function unableIssue(task: TaskName, { name, tasks }: ModelInfo): Issue {
  const message = `task is ${shown(task)}, which ${name} cannot do; it can do ${tasks.join(", ")}`;
  return { param: "task", code: "invalid_task", message };
}

function idleIssue(field: Field, task: TaskName, { name, tasks }: ModelInfo): Issue {
  const others = tasks.filter((each) => OWN_FIELDS[each].includes(field));
  const wish = others.length === 0 ? `${name} has no use for it; leave it out` : `it belongs to ${others.join(", ")}`;
  return { param: field, code: "unexpected_parameter", message: `${field} is given, but the task is ${task}; ${wish}` };
}

const WISHES: Readonly<Partial<Record<Field, string>>> = {
  image: "must be a picture",
  class: "must be a class's name or number",
  boxes: "must be a list of objects and where they are",
};

function missingIssue(field: Field, task: TaskName): Issue {
  const why = task === "text-to-image" ? "" : `${task} needs it: `;
  return {
    param: field,
    code: "missing_parameter",
    message: `${field} is missing; ${why}it ${WISHES[field] ?? "must be text"}`,
  };
}
