import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { withAddedTokens } from "./added_tokens.ts";

describe("withAddedTokens", () => {
  const codes = (text: string) => Array.from(text, (character) => character.codePointAt(0)!);
  const lower = (text: string) => text.toLowerCase();

  it("finds the longest token, and one that is normalised in whatever case it is written", () => {
    const tokens = [
      { content: "<X", id: 1, normalized: false },
      { content: "<X>", id: 2, normalized: false },
      { content: "<Y>", id: 3, normalized: true },
    ];
    const encode = withAddedTokens(tokens, lower, codes);
    expect(encode("A<X><x><X<y><Y>")).toEqual([...codes("a"), 2, ...codes("<x>"), 1, 3, 3]);
  });

  it("gives a text without any to the model, normalised", () => {
    expect(withAddedTokens([], lower, codes)("AB")).toEqual(codes("ab"));
    expect(withAddedTokens([], lower, codes)("")).toEqual([]);
  });
});
