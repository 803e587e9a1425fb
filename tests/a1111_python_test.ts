import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { digestOf, newKey } from "../routes/auth/api_key.ts";
import { isPythonClientAbsent, runPython } from "./fakes/clients/python_client.ts";
import { Served } from "./openai/served.ts";

const isAbsent = await isPythonClientAbsent("AUTOMATIC1111's Python client", "webuiapi");

describe("AUTOMATIC1111's client webuiapi of PyPI, unchanged", { skip: isAbsent }, () => {
  it("makes, paints, enlarges, lists, ends and fails as it should", async () => {
    const key = newKey();
    await using served = await Served.open({ keys: () => [{ name: "anyone", sha256: digestOf(key), limits: {} }] });
    const script = new URL("a1111_python.py", import.meta.url).pathname;
    expect(JSON.parse(await runPython(script, new URL(served.url).port, key))).toEqual({
      "without key": 401,
      txt2img: [["PNG", 96, 64], ["PNG", 96, 64]],
      seeds: [7, 8],
      sampler: "Euler a",
      parameters: true,
      "png info": true,
      img2img: [96, 64],
      inpainting: [96, 64],
      upscaled: [192, 128],
      progress: 0,
      model: "emoji-128 [0123456789]",
      models: ["emoji-128 [0123456789]", "other [0123456789]"],
      schedulers: ["automatic", "beta", "exponential", "karras", "normal", "sgm_uniform"],
      samplers: true,
      ended: [{}, null, null, null],
      empty: [[], [], [], []],
      refused: [404, "Sampler not found"],
    });
    expect(served.fake.requests).toMatchObject([
      { prompt: "a red apple", scheduler: "euler_ancestral", seed: 7, steps: 4, guidance: 3, count: 2 },
      { task: "image-to-image", strength: 0.5 },
      { task: "inpainting", prompt: "a hat" },
    ]);
    expect(served.failures).toEqual([]);
  });
});
