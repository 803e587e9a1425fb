import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readGzip } from "../../tests/reference/tokens.ts";
import { openWordPiece, wordPiece } from "./wordpiece.ts";
import { readWordPieceFile } from "./wordpiece_file.ts";

interface Reference {
  readonly prompts: readonly string[];
  readonly bert: readonly number[][];
  readonly bertCased: Readonly<Record<string, number[]>>;
}

const reference: Reference = JSON.parse(await readGzip("tokens.json.gz"));
const model = fileURLToPath(new URL("../builtin/emoji-128", import.meta.url));
const file = await readWordPieceFile(model, "tokenizer");

function expectEqual(
  encode: (text: string) => number[],
  expected: Iterable<readonly [number, readonly number[]]>,
): void {
  const wrong = [...expected].flatMap(([i, whole]) => {
    const ids = encode(reference.prompts[i]!);
    return ids.join() === whole.slice(1, -1).join()
      ? []
      : [{ prompt: reference.prompts[i], ids, expected: whole.slice(1, -1) }];
  });
  expect(wrong.slice(0, 3)).toEqual([]);
}

describe("wordPiece", () => {
  it(`gives the ids of Python's BERT tokenizer for ${reference.prompts.length} prompts`, () => {
    const tokenizer = wordPiece(file);
    expect([tokenizer.bos, tokenizer.eos, tokenizer.pad]).toEqual([101, 102, 0]);
    expectEqual(tokenizer.encode, reference.bert.entries());
  });

  it("keeps case, accents and CJK runs where the normaliser says so", () => {
    const normalizer = { ...file.normalizer, lowercase: false, handle_chinese_chars: false, strip_accents: false };
    const expected = Object.entries(reference.bertCased).map(([i, ids]) => [Number(i), ids] as const);
    expectEqual(wordPiece({ ...file, normalizer }).encode, expected);
  });

  it("refuses a vocabulary without [CLS]", () => {
    const { "[CLS]": _, ...vocab } = file.model.vocab;
    expect(() => wordPiece({ ...file, model: { ...file.model, vocab } })).toThrow(TypeError);
  });
});

describe("openWordPiece", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    await Deno.mkdir(join(folder, "tokenizer"));
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  it("reads vocab.txt where there is no tokenizer.json", async () => {
    const tokens = Object.entries(file.model.vocab).sort(([, a], [, b]) => a - b).map(([token]) => token);
    await Deno.writeTextFile(join(folder, "tokenizer", "vocab.txt"), tokens.join("\n") + "\n");
    await Deno.writeTextFile(join(folder, "tokenizer", "tokenizer_config.json"), `{"do_lower_case": true}`);
    const tokenizer = wordPiece(await readWordPieceFile(folder, "tokenizer"));
    expectEqual(tokenizer.encode, reference.bert.entries());
  });

  it("refuses tokenizer.json of another kind", async () => {
    await Deno.writeTextFile(join(folder, "tokenizer", "tokenizer.json"), `{"model": {"type": "BPE"}}`);
    await expect(openWordPiece(folder, 5)).rejects.toThrow(/tokenizer\.json is no WordPiece tokenizer; BERT's is/);
  });

  it("pads, cuts before [SEP] and says how much", async () => {
    const tokenize = await openWordPiece(model, 5);
    expect(tokenize([{ text: "cat", weight: 1.5 }])).toEqual({
      ids: [101, 4937, 102, 0, 0],
      mask: [1, 1, 1, 0, 0],
      weights: [1, 1.5, 1, 1, 1],
      cut: 0,
    });
    expect(tokenize("cat cat cat cat cat")).toEqual({
      ids: [101, 4937, 4937, 4937, 102],
      mask: [1, 1, 1, 1, 1],
      weights: [1, 1, 1, 1, 1],
      cut: 2,
    });
  });
});
