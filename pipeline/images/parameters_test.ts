import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { type GenerationParameters, parametersText } from "./parameters.ts";

const fox: GenerationParameters = {
  prompt: "a fox, (red:1.2)",
  negative_prompt: "blurry",
  steps: 20,
  scheduler: "DDIM",
  guidance: 7.5,
  seed: 1,
  width: 512,
  height: 768,
  model: "emoji-128",
  model_hash: "0123456789",
  version: "latentd 0.1.0",
};

/** The last line as AUTOMATIC1111 reads it: its `re_param` and its `unquote`. */
function lastLine(text: string): Record<string, string> {
  const pair = /\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/g;
  const unquote = (value: string) => value.startsWith('"') && value.endsWith('"') ? JSON.parse(value) : value;
  return Object.fromEntries(
    [...text.split("\n").at(-1)!.matchAll(pair)].map(([, key, value]) => [key, unquote(value!)]),
  );
}

describe("parametersText", () => {
  it("writes prompt, negative prompt and pairs, width before height", () => {
    expect(parametersText(fox)).toBe(
      "a fox, (red:1.2)\nNegative prompt: blurry\nSteps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 1, Size: 512x768, " +
        "Model hash: 0123456789, Model: emoji-128, Version: latentd 0.1.0",
    );
  });

  it("leaves out an empty negative prompt and the empty line of an empty prompt", () => {
    const line = parametersText(fox).split("\n")[2];
    expect(parametersText({ ...fox, negative_prompt: "" })).toBe(`${fox.prompt}\n${line}`);
    expect(parametersText({ ...fox, prompt: "", negative_prompt: "" })).toBe(line);
    expect(parametersText({ ...fox, prompt: "" })).toBe(`Negative prompt: blurry\n${line}`);
  });

  it("keeps zeros and seeds past 2^53", () => {
    expect(lastLine(parametersText({ ...fox, guidance: 0, seed: 0 }))).toMatchObject({ "CFG scale": "0", Seed: "0" });
    expect(lastLine(parametersText({ ...fox, seed: 2n ** 64n - 1n }))).toMatchObject({ Seed: "18446744073709551615" });
  });

  it("puts extra pairs before the version", () => {
    expect(parametersText({ ...fox, extra: { "Denoising strength": 0.5, RNG: "CPU" } })).toContain(
      "Model: emoji-128, Denoising strength: 0.5, RNG: CPU, Version: latentd 0.1.0",
    );
  });

  it("quotes values so that AUTOMATIC1111's reader gives them back", () => {
    for (
      const model of [
        "plain",
        "a, b",
        "c:\\models\\x",
        'say "hi", twice',
        "two\nlines",
        "Füchse, 狐",
        "50% / half-size",
      ]
    ) {
      expect(lastLine(parametersText({ ...fox, model }))).toEqual({
        "Steps": "20",
        "Sampler": "DDIM",
        "CFG scale": "7.5",
        "Seed": "1",
        "Size": "512x768",
        "Model hash": "0123456789",
        "Model": model,
        "Version": "latentd 0.1.0",
      });
    }
  });

  it("quotes values with comma, colon or newline, and no others", () => {
    for (const model of ["a,b", "a:b", "a\nb"]) {
      expect(parametersText({ ...fox, model })).toContain(`Model: ${JSON.stringify(model)}, Version`);
    }
    expect(parametersText({ ...fox, model: 'a "b" c' })).toContain('Model: a "b" c, Version');
  });

  it("quotes exactly as Python's json.dumps(ensure_ascii=False) does", () => {
    // Pinned: json.dumps('a:\x01\t\x7fü狐"\\\n', ensure_ascii=False) of CPython 3.
    const text = parametersText({ ...fox, model: 'a:\x01\t\x7fü狐"\\\n' });
    expect(text).toContain(String.raw`Model: "a:\u0001\t${"\x7f"}ü狐\"\\\n", `);
  });
});
