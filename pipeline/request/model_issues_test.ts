import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { ModelInfo } from "../../models/model_info.ts";
import { MODEL } from "../../tests/fakes/models.ts";
import { readRequest } from "./read_request.ts";

/** What a request is refused with, for a model that differs so. */
async function refusal(body: object, change: Partial<ModelInfo> = {}): Promise<string> {
  const reading = readRequest({ prompt: "a cat", seed: 1, ...body }, [{ ...MODEL, ...change }]);
  return await reading.then(() => "", ({ message }: Error) => message);
}

describe("what a model cannot do", () => {
  it("is a weight that is no number, in any prompt", async () => {
    expect(await refusal({ prompt: "a (cat:1.2.3)" })).toBe(
      'prompt has the weight "1.2.3"; it must be a number such as 1.3; or set emphasis to false',
    );
    expect(await refusal({ negative_prompt: "(dog:.)" })).toContain('negative_prompt has the weight "."');
    expect(await refusal({ prompt: "a (cat:1.2.3)", emphasis: false })).toBe("");
    expect(await refusal({ prompt: "a (cat:1.2)" })).toBe("");
  });

  it("is a layer that the text encoder does not show", async () => {
    expect(await refusal({ clip_skip: 2 }, { text: "bert" })).toBe(
      "clip_skip is 2; it must be 1, for the text encoder of emoji-128 is no CLIP",
    );
    expect(await refusal({ clip_skip: 2 }, { text: "clip", maxClipSkip: 1 })).toBe(
      "clip_skip is 2; it must be 1, for the text encoder of emoji-128 was exported without output_hidden_states",
    );
    expect(await refusal({ clip_skip: 4 }, { text: "clip", maxClipSkip: 3 })).toBe(
      "clip_skip is 4; emoji-128 has 3 layers",
    );
    expect(await refusal({ clip_skip: 3 }, { text: "clip", maxClipSkip: 3 })).toBe("");
  });

  it("is a size that its graphs were not exported for", async () => {
    const fixedSize = { width: 128, height: 96 };
    expect(await refusal({ width: 96, height: 96 }, { fixedSize })).toBe(
      "width and height are 96x96, but emoji-128 was exported for 128x96 only",
    );
    expect(await refusal({}, { fixedSize })).toBe("");
  });
});
