import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { MODEL as model } from "../../tests/fakes/models.ts";
import { BUDGET, readRequest } from "./read_request.ts";
import { previewInterval } from "./request.ts";
import { InvalidRequestError } from "./request_error.ts";
import { fromText } from "./request_text.ts";
import { FIELDS, MAX_SEED } from "./schema.ts";

const models = [model, { ...model, name: "large", size: { min: 64, max: 2048 } }];
const read = async (body: unknown) => (await readRequest(body, models, () => 7)).request;

async function issuesOf(body: unknown): Promise<InvalidRequestError["issues"]> {
  try {
    await readRequest(body, models);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.issues;
    throw error;
  }
  return [];
}
const issueOf = async (fields: Record<string, unknown>) => {
  const issues = await issuesOf({ prompt: "a pear", ...fields });
  expect(issues).toHaveLength(1);
  return issues[0]!;
};

describe("readRequest", () => {
  it("fills every default from the first model", async () => {
    expect(await readRequest({ prompt: "a pear" }, models, () => 7)).toEqual({
      request: {
        task: "text-to-image",
        model: "emoji-128",
        prompt: "a pear",
        negative_prompt: "",
        emphasis: true,
        seed: 7,
        steps: 20,
        guidance: 4,
        eta: 0,
        rng: "torch",
        width: 128,
        height: 96,
        scheduler: "ddim",
        count: 1,
      },
      model,
      delivery: { previews: undefined, metadata: "full" },
    });
  });

  it("keeps what was asked for, the zeros too", async () => {
    expect(await read({ prompt: " x ", seed: 0, guidance: 0, eta: 0, steps: 1 })).toMatchObject({
      prompt: " x ",
      seed: 0,
      guidance: 0,
      eta: 0,
      steps: 1,
    });
    expect(await read({ prompt: "x", model: "large", width: 2048, scheduler: "DDIM", eta: 1, count: 16 }))
      .toMatchObject({
        model: "large",
        width: 2048,
        scheduler: "ddim",
        eta: 1,
        count: 16,
      });
  });

  it("draws a seed with room for every picture if none is given", async () => {
    expect((await read({ prompt: "x", seed: null })).seed).toBe(7);
    const requests = Array.from({ length: 100 }, () => readRequest({ prompt: "x", count: 16 }, models));
    const seeds = (await Promise.all(requests)).map(({ request }) => request.seed);
    expect(new Set(seeds).size).toBeGreaterThan(90);
    expect(Math.max(...seeds)).toBeLessThanOrEqual(MAX_SEED - 15);
  });

  it("takes any well-formed text as prompt, none included", async () => {
    for (const prompt of ["", " \n", "0", "🍎".repeat(4000), "שלום\u200f", "\u200b", "<|endoftext|>", "\r\n'; --"]) {
      expect((await read({ prompt })).prompt).toBe(prompt);
    }
  });
});

describe("readRequest refuses, with field, value and what would be right", () => {
  const cases: [fields: Record<string, unknown>, code: string, message: string][] = [
    [{ prompt: undefined }, "missing_parameter", "prompt is missing; it must be text"],
    [{ prompt: 5 }, "invalid_type", "prompt is 5; it must be text"],
    [{ prompt: "a\0b" }, "invalid_prompt", 'prompt is "a\\u0000b"; it must not contain the character NUL'],
    [{ prompt: "a\ud800" }, "invalid_prompt", "it must be well-formed Unicode, without lone surrogates"],
    [{ prompt: "é".repeat(4001) }, "invalid_prompt", "… (4003 characters); it must have at most 4000 characters"],
    [{ negative_prompt: null }, "invalid_type", "negative_prompt is null; it must be text"],
    [{ steps: 0 }, "out_of_range", "steps is 0; it must be a whole number from 1 to 1000"],
    [{ steps: -1 }, "out_of_range", "steps is -1; it must be a whole number from 1 to 1000"],
    [{ steps: 1e9 }, "out_of_range", "steps is 1000000000; it must be a whole number from 1 to 1000"],
    [{ steps: 1.5 }, "out_of_range", "steps is 1.5; it must be a whole number from 1 to 1000"],
    [{ steps: "20" }, "invalid_type", 'steps is "20"; it must be a whole number from 1 to 1000'],
    [{ steps: [20] }, "invalid_type", "steps is [20]; it must be a whole number from 1 to 1000"],
    [{ guidance: NaN }, "out_of_range", "guidance is NaN; it must be a number from 0 to 100"],
    [{ guidance: Infinity }, "out_of_range", "guidance is Infinity; it must be a number from 0 to 100"],
    [{ guidance: -1 }, "out_of_range", "guidance is -1; it must be a number from 0 to 100"],
    [{ eta: 1.01 }, "out_of_range", "eta is 1.01; it must be a number from 0 to 1"],
    [{ seed: -1 }, "out_of_range", "seed is -1; it must be a whole number from 0 to 4294967295"],
    [{ seed: 2 ** 32 }, "out_of_range", "seed is 4294967296; it must be"],
    [{ seed: 2 ** 64 }, "out_of_range", "seed is 18446744073709552000; it must be"],
    [{ seed: MAX_SEED, count: 2 }, "out_of_range", "seed is 4294967295; with count 2 it must be at most 4294967294"],
    [{ count: 0 }, "out_of_range", "count is 0; it must be a whole number from 1 to 16"],
    [{ count: 17 }, "out_of_range", "count is 17; it must be a whole number from 1 to 16"],
    [{ metadata: "some" }, "invalid_value", 'metadata is "some"; it must be "full" or "none"'],
    [{ previews: -1 }, "out_of_range", "previews is -1; it must be a whole number from 0 to 100"],
    [{ model: "../x" }, "invalid_model", 'model is "../x"; it must be a name of letters, digits, . _ -'],
    [{ model: "a".repeat(300) }, "invalid_model", "it must be a name of letters"],
    [
      { model: "emojj-128" },
      "model_not_found",
      'model is "emojj-128"; did you mean emoji-128? known are emoji-128, large',
    ],
    [{ model: "\u0435moji-128" }, "invalid_model", "it must be a name of letters"], // the first letter is Cyrillic
    [{ scheduler: "dimm" }, "scheduler_not_found", 'scheduler is "dimm"; did you mean ddim? known are ddim'],
    [{ cfg_scale: 4 }, "unknown_parameter", '"cfg_scale" is not known; did you mean guidance?'],
    [{ step: 4 }, "unknown_parameter", '"step" is not known; did you mean steps?'],
    [{ zzzzzzzz: 4 }, "unknown_parameter", '"zzzzzzzz" is not known; known are prompt, negative_prompt, task'],
    [{ constructor: 4 }, "unknown_parameter", '"constructor" is not known'],
  ];
  for (const [fields, code, message] of cases) {
    it(`${JSON.stringify(fields).slice(0, 40)}: ${code}`, async () => {
      const issue = await issueOf(fields);
      expect(issue).toMatchObject({ code, param: Object.keys(fields)[0] });
      expect(issue.message).toContain(message);
    });
  }

  it("sizes the model cannot make, with the nearest it can", async () => {
    const start = "but emoji-128 makes multiples of 16 from 64 to 256";
    const messages = new Map<unknown, string>([
      [100, `width is 100, ${start}; nearest are 96 and 112`],
      [0, `width is 0, ${start}; nearest is 64`],
      [-8, `width is -8, ${start}; nearest is 64`],
      [63, `width is 63, ${start}; nearest is 64`],
      [250, `width is 250, ${start}; nearest are 240 and 256`],
      [257, `width is 257, ${start}; nearest is 256`],
      [1e9, `width is 1000000000, ${start}; nearest is 256`],
      [2 ** 53, `width is 9007199254740992, ${start}; nearest is 256`],
      [Infinity, `width is Infinity, ${start}; nearest is 256`],
      [100.5, `width is 100.5, ${start}; nearest are 96 and 112`],
      [128.5, `width is 128.5, ${start}; nearest are 128 and 144`],
      ["128", `width is "128", ${start}`],
      [NaN, `width is NaN, ${start}`],
      [null, `width is null, ${start}`],
    ]);
    for (const [width, message] of messages) {
      expect(await issueOf({ width })).toEqual({ param: "width", code: "invalid_size", message });
      expect(await issueOf({ height: width })).toMatchObject({ param: "height", code: "invalid_size" });
    }
  });

  it("everything at once", async () => {
    const issues = await issuesOf({ steps: 0, guidance: "high", seeds: 1, width: "7" });
    expect(issues.map(({ param }) => param).toSorted()).toEqual(["guidance", "seeds", "steps", "width"]);
    expect(await issuesOf({ prompt: "x", width: 1, height: 1, seed: MAX_SEED, count: 2 })).toHaveLength(3);
  });

  it("what costs too much, though every field is in range", async () => {
    const issue = await issueOf({ model: "large", width: 2048, height: 2048, steps: 1000, count: 16 });
    expect(issue).toMatchObject({ param: null, code: "budget_exceeded" });
    expect(issue.message).toContain(`is ${2048 * 2048 * 16000}; it must be at most ${BUDGET}`);
  });

  it("what the scheduler cannot do with the model", async () => {
    const few = [{ ...model, schedulerConfig: { num_train_timesteps: 50 } }];
    const error = () => readRequest({ prompt: "x", steps: 51 }, few);
    await expect(error()).rejects.toThrow("steps is 51; it must be a whole number from 1 to 50");
    await expect(error()).rejects.toThrow(InvalidRequestError);
    const odd = [{ ...model, schedulerConfig: { beta_schedule: "wavy" } }];
    await expect(readRequest({ prompt: "x" }, odd)).rejects.toThrow("wavy");
  });

  it("__proto__, and leaves the prototype alone", async () => {
    expect(await issuesOf(JSON.parse('{"prompt":"x","__proto__":{"steps":3}}'))).toMatchObject([
      { param: "__proto__", code: "unknown_parameter" },
    ]);
    expect(({} as { steps?: number }).steps).toBeUndefined();
  });

  it("what is no object", async () => {
    for (const body of [[], null, "x", 1, undefined]) {
      expect(await issuesOf(body)).toMatchObject([{ param: null, code: "invalid_type" }]);
    }
    expect((await issuesOf([]))[0]!.message).toBe("The request is []; it must be an object");
  });

  it("a hostile value without repeating all of it", async () => {
    const issue = await issueOf({ model: "\u001b[31m" + "x".repeat(1e6) });
    expect(issue.message.length).toBeLessThan(200);
    expect(issue.message).toContain("\\u001b");
    expect((await issueOf({ ["k".repeat(1e6)]: 1 })).message.length).toBeLessThan(400);
  });
});

describe("previewInterval", () => {
  it("spreads at most so many previews over the steps before the last", () => {
    const shown = (steps: number, previews: number) => {
      const every = previewInterval(steps, previews);
      return Array.from({ length: steps - 1 }, (_, i) => i + 1).filter((step) => every && step % every === 0);
    };
    expect(shown(20, 4)).toEqual([4, 8, 12, 16]);
    expect(shown(20, 1)).toEqual([10]);
    expect(shown(20, 0)).toEqual([]);
    expect(shown(3, 100)).toEqual([1, 2]);
    expect(shown(1, 4)).toEqual([]);
    for (let previews = 0; previews < 30; previews++) expect(shown(25, previews).length).toBeLessThanOrEqual(previews);
  });
});

describe("fromText", () => {
  it("turns text into numbers where the schema wants numbers, and only there", () => {
    const fields = { prompt: "12", steps: "20", guidance: "-.5", eta: "1e-1", seed: "007", model: "5", width: "+64" };
    expect(fromText(fields)).toEqual({ ...fields, steps: 20, guidance: -0.5, eta: 0.1, seed: 7, width: 64 });
  });

  it("leaves what is no number to be reported as it was written", async () => {
    for (const steps of ["", " ", "NaN", "Infinity", "0x10", "1_000", "twenty", "1,5"]) {
      expect(fromText({ steps })).toEqual({ steps });
      expect((await issueOf(fromText({ steps }))).message).toContain(`steps is ${JSON.stringify(steps)}; it must be`);
    }
  });

  it("reads boxes as people write them, and as JSON", () => {
    const boxes = [{ box: [0, 0, 0.5, 1], text: "cat" }];
    for (const text of ["0,0,.5,1:cat", JSON.stringify(boxes)]) expect(fromText({ boxes: text })).toEqual({ boxes });
    for (const text of ["[{", "cat"]) expect(fromText({ boxes: text })).toEqual({ boxes: text });
  });

  it("knows every number of the schema", () => {
    const numbers = FIELDS.filter((name) => typeof fromText({ [name]: "1" })[name] === "number");
    expect(numbers).toEqual([
      ...["mask_blur", "region_padding", "back_projection", "strength", "seed", "steps", "guidance", "eta"],
      ...["width", "height", "count", "seed_to", "blend", "clip_skip", "previews"],
    ]);
  });
});
