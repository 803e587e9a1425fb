import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { TASK_NAMES, type TaskName } from "../../models/task_names.ts";
import type { Field } from "../../pipeline/request/schema.ts";
import { ALL_TASKS, issueOf, issuesOf, taken } from "./all_tasks.ts";
import { BOX, IMAGE, LEAST, WHITE } from "./least_bodies.ts";

/** A good value of each field that not every task has. */
const VALUES: Readonly<Partial<Record<Field, unknown>>> = {
  prompt: "x",
  negative_prompt: "grey",
  prompt_to: "y",
  emphasis: false,
  clip_skip: 1,
  width: 128,
  height: 128,
  image: IMAGE,
  fit: "contain",
  strength: 0.5,
  mask: WHITE,
  mask_blur: 2,
  extend: [16, 0, 0, 0],
  region: "whole",
  region_padding: 8,
  class: "mammals",
  boxes: [BOX],
  guidance: 3,
};

/** Which fields each task has, written down a second time. */
const TEXT: readonly Field[] = ["prompt", "negative_prompt", "prompt_to", "emphasis", "clip_skip", "guidance"];
const SIZE: readonly Field[] = ["width", "height"];
const PICTURE: readonly Field[] = ["image", "fit", "strength"];
const HAS: Readonly<Record<TaskName, readonly Field[]>> = {
  "text-to-image": [...TEXT, ...SIZE],
  "image-to-image": [...TEXT, ...SIZE, ...PICTURE],
  "inpainting": [...TEXT, ...SIZE, ...PICTURE, "mask", "mask_blur", "extend", "region", "region_padding"],
  "super-resolution": [...TEXT, "image"],
  "class-conditional": [...SIZE, "class", "guidance"],
  "unconditional": SIZE,
  "layout-to-image": [...SIZE, "boxes", "guidance"],
};

describe("fields of the tasks", () => {
  for (const task of TASK_NAMES) {
    it(`of ${task}: takes its own, refuses those of others, one by one`, async () => {
      expect(await issuesOf({ task, ...LEAST[task] })).toEqual([]);
      for (const [field, value] of Object.entries(VALUES)) {
        // A way to a second prompt has at least two pictures, and only a part of a picture has surroundings.
        const more = field === "prompt_to" ? { count: 2 } : field === "region_padding" ? { region: "masked" } : {};
        const body = { task, ...LEAST[task], [field]: value, ...(HAS[task].includes(field as Field) && more) };
        if (HAS[task].includes(field as Field)) {
          expect([field, await issuesOf(body)]).toEqual([field, []]);
        } else {
          const issue = await issueOf(body);
          expect(issue).toMatchObject({ param: field, code: "unexpected_parameter" });
          expect(issue.message).toMatch(`${field} is given, but the task is ${task}; it belongs to `);
        }
      }
    });
  }

  it("names all that do not belong, at once", async () => {
    const issues = await issuesOf({ task: "unconditional", prompt: "x", class: 1, mask: WHITE });
    expect(issues.map(({ param }) => param)).toEqual(["prompt", "class", "mask"]);
  });

  it("is told what is missing", async () => {
    const missing: [TaskName, string, string][] = [
      ["text-to-image", "prompt", "prompt is missing; it must be text"],
      ["image-to-image", "image", "image is missing; image-to-image needs it: it must be a picture"],
      ["inpainting", "image", "image is missing; inpainting needs it: it must be a picture"],
      ["super-resolution", "image", "image is missing; super-resolution needs it: it must be a picture"],
      ["class-conditional", "class", "class is missing; class-conditional needs it: it must be a class's name or"],
      ["layout-to-image", "boxes", "boxes is missing; layout-to-image needs it: it must be a list of objects"],
    ];
    for (const [task, param, message] of missing) {
      const issue = await issueOf({ task });
      expect(issue).toMatchObject({ param, code: "missing_parameter" });
      expect(issue.message).toContain(message);
    }
  });

  it("decide the task that nobody named", async () => {
    for (const task of TASK_NAMES) {
      if (task === "super-resolution" || task === "unconditional") continue;
      expect((await taken(LEAST[task])).task).toBe(task);
    }
    expect((await taken({ image: IMAGE, prompt: "x", extend: [16, 0, 0, 0] })).task).toBe("inpainting");
    const upscaler = { ...ALL_TASKS, tasks: ["super-resolution"] as const };
    expect((await taken(LEAST["super-resolution"], upscaler)).task).toBe("super-resolution");
  });

  it("says what a model cannot do, and what it can", async () => {
    const fewer = { ...ALL_TASKS, tasks: ["text-to-image", "unconditional"] as const };
    for (const task of TASK_NAMES.filter((task) => !(fewer.tasks as readonly TaskName[]).includes(task))) {
      const issue = await issueOf({ task, ...LEAST[task] }, fewer);
      expect(issue).toEqual({
        param: "task",
        code: "invalid_task",
        message: `task is "${task}", which emoji-128 cannot do; it can do text-to-image, unconditional`,
      });
    }
    const issue = await issueOf({ prompt: "x", task: "inpaint" });
    expect(issue).toMatchObject({ param: "task", code: "invalid_value" });
    expect(issue.message).toContain('task is "inpaint"; it must be one of text-to-image, image-to-image');
  });
});
