import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { readGzip } from "../../tests/reference/tokens.ts";
import { parsePromptAttention } from "./prompt_attention.ts";

interface Reference {
  readonly source: string;
  readonly parsed: readonly (readonly [string, readonly (readonly [string, number])[]])[];
}

const reference: Reference = JSON.parse(await readGzip("tokens_a1111.json.gz"));

describe("parsePromptAttention", () => {
  it(`reads ${reference.parsed.length} prompts as ${reference.source} does`, () => {
    for (const [prompt, fragments] of reference.parsed) {
      const read = parsePromptAttention(prompt).map(({ text, weight }) => [text, weight]);
      expect([prompt, read]).toEqual([prompt, fragments]);
    }
  });

  it("refuses a weight that is no number", () => {
    const message = 'Prompt has the weight "1.2.3"; it must be a number such as 1.3';
    expect(() => parsePromptAttention("a (cat:1.2.3)")).toThrow(new SyntaxError(message));
    expect(() => parsePromptAttention(`(cat:${"9".repeat(400)})`)).toThrow(SyntaxError);
  });

  it("leaves such a weight alone where no bracket is open", () => {
    expect(parsePromptAttention("cat:1.2.3)")).toEqual([{ text: "cat:1.2.3)", weight: 1 }]);
  });
});
