import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { readClipVocabulary, readGzip } from "../../tests/reference/tokens.ts";
import { type Chunk, chunkPrompt } from "./chunks.ts";
import { clipBpe } from "./clip_bpe.ts";
import { parsePromptAttention } from "./prompt_attention.ts";

type Chunks = readonly (readonly [string, readonly Chunk[]])[];

const reference: { source: string; chunks: Chunks; chunks2: Chunks } = JSON.parse(
  await readGzip("tokens_a1111.json.gz"),
);
const { vocab, merges } = await readClipVocabulary();

function tokenizer(pad: string) {
  const special = { bos: "<|startoftext|>", eos: "<|endoftext|>", unk: "<|endoftext|>", pad };
  const added = pad === "!" ? [{ content: "!", id: 0, normalized: false }] : [];
  return clipBpe({ vocab, merges: merges.split("\n").slice(1), added, special, length: 77 });
}

describe("chunkPrompt", () => {
  const sd1 = tokenizer("<|endoftext|>");

  for (
    const [name, chunked, pad] of [["", reference.chunks, sd1.eos], [", padded with !", reference.chunks2, 0]] as const
  ) {
    it(`makes the chunks of ${reference.source} for ${chunked.length} prompts${name}`, () => {
      const used = pad === 0 ? tokenizer("!") : sd1;
      expect(used.pad).toBe(pad);
      for (const [prompt, chunks] of chunked) {
        expect([prompt, chunkPrompt(parsePromptAttention(prompt), used, 77)]).toEqual([prompt, chunks]);
      }
    });
  }

  it("takes a prompt as it is when emphasis is off", () => {
    const [chunk, ...more] = chunkPrompt([{ text: "(cat:1.3)", weight: 1 }], sd1, 77);
    expect(more).toEqual([]);
    expect(chunk!.ids.slice(1, 8)).toEqual(sd1.encode("(cat:1.3)"));
    expect(new Set(chunk!.weights)).toEqual(new Set([1]));
  });

  it("refuses a length that leaves no room", () => {
    expect(() => chunkPrompt([{ text: "cat", weight: 1 }], sd1, 2)).toThrow(RangeError);
  });
});
