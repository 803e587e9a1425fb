import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { FakeService } from "./fakes/fake_service.ts";

describe("HTTP API, wrong fields", () => {
  let service: FakeService;

  beforeEach(() => {
    service = new FakeService();
  });

  const cases: [fields: Record<string, unknown>, code: string, detail: string, status?: number][] = [
    [{ prompt: "x".repeat(4001) }, "invalid_prompt", "it must have at most 4000 characters"],
    [{ prompt: "a\0b" }, "invalid_prompt", 'prompt is "a\\u0000b"; it must not contain the character NUL'],
    [{ prompt: 7 }, "invalid_type", "prompt is 7; it must be text"],
    [{ prompt: undefined }, "missing_parameter", "prompt is missing; it must be text"],
    [
      { width: 100 },
      "invalid_size",
      "width is 100, but emoji-128 makes multiples of 16 from 64 to 256; nearest are 96",
    ],
    [{ height: 0 }, "invalid_size", "height is 0, but emoji-128 makes"],
    [{ width: 4097 }, "invalid_size", "width is 4097, but emoji-128 makes"],
    [{ width: 512.5 }, "invalid_size", "width is 512.5, but emoji-128 makes"],
    [{ width: "512" }, "invalid_size", 'width is "512", but emoji-128 makes'],
    [{ steps: 0 }, "out_of_range", "steps is 0; it must be a whole number from 1 to 1000"],
    [{ steps: -1 }, "out_of_range", "steps is -1; it must be a whole number from 1 to 1000"],
    [{ steps: 1e9 }, "out_of_range", "steps is 1000000000; it must be a whole number from 1 to 1000"],
    [{ steps: true }, "invalid_type", "steps is true; it must be a whole number from 1 to 1000"],
    [{ guidance: null }, "invalid_type", "guidance is null; it must be a number from 0 to 100"],
    [{ guidance: 1e9 }, "out_of_range", "guidance is 1000000000; it must be a number from 0 to 100"],
    [{ seed: -1 }, "out_of_range", "seed is -1; it must be a whole number from 0 to 4294967295"],
    [{ seed: 1.5 }, "out_of_range", "seed is 1.5; it must be a whole number"],
    [{ count: 101 }, "out_of_range", "count is 101; it must be a whole number from 1 to 16"],
    [
      { width: 256, height: 256, steps: 1000, count: 16 },
      "budget_exceeded",
      "is 1048576000; it must be at most 268435456",
    ],
    [{ rng: "mt19937" }, "invalid_value", 'rng is "mt19937"; it must be "torch" or "philox"'],
    [{ model: "../x" }, "invalid_model", 'model is "../x"; it must be a name'],
    [{ model: "sd-xl" }, "model_not_found", 'model is "sd-xl"; known are emoji-128', 404],
    [{ scheduler: "quantum" }, "scheduler_not_found", 'scheduler is "quantum"; known are'],
    [{ num_inference_steps: 5 }, "unknown_parameter", '"num_inference_steps" is not known; did you mean steps?'],
    [{ promt: "x" }, "unknown_parameter", '"promt" is not known; did you mean prompt?'],
    [{ constructor: 1 }, "unknown_parameter", '"constructor" is not known'],
  ];
  for (const [fields, code, detail, status = 400] of cases) {
    it(`${JSON.stringify(fields).slice(0, 40)}: ${status} ${code}`, async () => {
      const problem = await service.refusal(
        await service.post(JSON.stringify({ prompt: "x", ...fields })),
        status,
        code,
      );
      expect(problem.detail).toContain(detail);
      const [first] = Object.keys(fields);
      if (code !== "budget_exceeded") expect(problem.param).toBe(first);
      expect(problem.errors).toMatchObject([{ pointer: problem.param ? `/${problem.param}` : "", code }]);
    });
  }

  it("NaN and Infinity, as far as JSON has them", async () => {
    await service.refusal(await service.post('{"prompt":"x","guidance":NaN}'), 400, "invalid_json");
    const problem = await service.refusal(await service.post('{"prompt":"x","guidance":1e400}'), 400, "out_of_range");
    expect(problem.detail).toBe("guidance is Infinity; it must be a number from 0 to 100");
    await service.refusal(await service.post('{"prompt":"x","width":1e400}'), 400, "invalid_size");
    await service.refusal(await service.post('{"prompt":"a\\ud800"}'), 400, "invalid_prompt");
  });

  it("__proto__, without touching any prototype", async () => {
    const problem = await service.refusal(
      await service.post('{"prompt":"x","__proto__":{"steps":1}}'),
      400,
      "unknown_parameter",
    );
    expect(problem.param).toBe("__proto__");
    expect(({} as Record<string, unknown>)["steps"]).toBeUndefined();
  });

  it("all that is wrong at once", async () => {
    const problem = await service.refusal(
      await service.post('{"steps":0,"eta":2,"a/b~c":1}'),
      400,
      "out_of_range",
    );
    expect(problem.errors).toMatchObject([
      { pointer: "/steps", code: "out_of_range" },
      { pointer: "/eta", code: "out_of_range" },
      { pointer: "/a~1b~0c", code: "unknown_parameter" },
    ]);
  });

  it("the same words in the GET form", async () => {
    const wrong = await service.send("/v1/generate?prompt=x&steps=twenty");
    expect((await service.refusal(wrong, 400, "invalid_type")).detail).toContain(
      'steps is "twenty"; it must be a whole number',
    );
    const nan = await service.send("/v1/generate?prompt=x&guidance=NaN");
    expect((await service.refusal(nan, 400, "invalid_type")).detail).toContain(
      'guidance is "NaN"; it must be a number from 0',
    );
    const unknown = await service.send("/v1/generate?prompt=x&cfg_scale=2");
    expect((await service.refusal(unknown, 400, "unknown_parameter")).detail).toContain("did you mean guidance?");
    const twice = await service.send("/v1/generate?prompt=x&steps=2&steps=3");
    expect((await service.refusal(twice, 400, "invalid_query")).detail).toBe('"steps" is given twice');
    await service.refusal(await service.send("/v1/generate"), 400, "missing_parameter");
  });
});
