import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { isPythonClientAbsent, runPython } from "../fakes/clients/python_client.ts";
import { Served, until } from "./served.ts";

const isAbsent = await isPythonClientAbsent("OpenAI's Python client", "openai");

describe("OpenAI's client of PyPI, unchanged", { skip: isAbsent }, () => {
  it("generates, edits, streams, leaves, lists and fails as it should", async () => {
    await using served = await Served.open();
    served.fake.stepTime = 5;
    const script = new URL("python_sdk.py", import.meta.url).pathname;
    expect(JSON.parse(await runPython(script, served.url))).toEqual({
      generate: ["96x64", 216, [["PNG", 96, 64], ["PNG", 96, 64]]],
      seeds: [7, 8],
      edit: [["PNG", 96, 64], ["PNG", 96, 64]],
      "edit of a list": ["webp", ["WEBP", 96, 64]],
      variation: ["PNG", 96, 64],
      stream: [
        ["image_generation.partial_image", 0],
        ["image_generation.partial_image", 1],
        ["image_generation.completed", null],
      ],
      left: "image_edit.partial_image",
      models: ["emoji-128", "other"],
      model: "latentd",
      raw: [200, "emoji-128", true, 1],
      errors: [
        ["BadRequestError", 400, "background"],
        ["BadRequestError", 400, "stepz"],
        ["BadRequestError", 400, "image"],
        ["NotFoundError", 404, "model"],
        ["APITimeoutError", null, null],
      ],
    });
    expect(served.fake.requests.slice(0, 2)).toMatchObject([
      { prompt: "a red apple", negative_prompt: "blurry", seed: 7, steps: 4, guidance: 2.5, count: 2 },
      { task: "inpainting", prompt: "a hat", seed: 3, count: 2 },
    ]);
    await until(() => served.fake.aborted !== undefined);
    expect(served.fake.requests.find(({ steps }) => steps === 400)?.prompt).toBe("left");
    expect(served.failures).toEqual([]);
  });
});
