import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { digestOf, newKey } from "../routes/auth/api_key.ts";
import { Served } from "./openai/served.ts";

const python = Deno.env.get("LATENTD_PYTHON") ?? "python3";

/** Runs Python without holding this thread, on which the server answers. */
async function run(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(python, { args: [...args] }).output();
  if (!success) {
    throw new Error(`${python}: ${new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join("; ")}`);
  }
  return new TextDecoder().decode(stdout);
}

const isAbsent = await run("-c", "import webuiapi, PIL").then(() => false, (error: Error) => {
  const wish = "pip install webuiapi pillow, or name a Python that has them in LATENTD_PYTHON";
  if (Deno.env.get("CI") === "true") {
    throw new Error(`AUTOMATIC1111's Python client is needed in CI: ${error.message}; ${wish}`);
  }
  console.warn(`Skipping AUTOMATIC1111's Python client: ${error.message}; ${wish}`);
  return true;
});

describe("AUTOMATIC1111's client webuiapi of PyPI, unchanged", { skip: isAbsent }, () => {
  it("makes, paints, enlarges, lists, ends and fails as it should", async () => {
    const key = newKey();
    await using served = new Served({ keys: () => [{ name: "anyone", sha256: digestOf(key), limits: {} }] });
    const script = new URL("a1111_python.py", import.meta.url).pathname;
    expect(JSON.parse(await run(script, new URL(served.url).port, key))).toEqual({
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
