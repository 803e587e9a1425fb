import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { readClipVocabulary, readGzip } from "../../tests/reference/tokens.ts";
import { openClipBpe } from "./clip_bpe.ts";
import { fixedLength } from "./tokenizer.ts";

interface Reference {
  readonly prompts: readonly string[];
  readonly clip: readonly number[][];
  readonly clip2: Readonly<Record<string, number[]>>;
  readonly clipFixed: Readonly<Record<string, number[]>>;
  readonly clip2Fixed: Readonly<Record<string, number[]>>;
  readonly clipText: Readonly<Record<string, string>>;
}

const reference: Reference = JSON.parse(await readGzip("tokens.json.gz"));
const { vocab, merges } = await readClipVocabulary();

const described = (content: string) => ({
  content,
  lstrip: false,
  normalized: true,
  rstrip: false,
  single_word: false,
});
const SPECIAL = {
  bos_token: described("<|startoftext|>"),
  eos_token: described("<|endoftext|>"),
  unk_token: described("<|endoftext|>"),
};
const SD1 = { ...SPECIAL, pad_token: "<|endoftext|>" };
const added = (id: number, content: string, normalized: boolean) => ({ id, content, normalized, special: true });

describe("openClipBpe", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  async function open(files: Record<string, unknown>, part = "tokenizer") {
    await Deno.mkdir(join(folder, part));
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(
        join(folder, part, name),
        typeof content === "string" ? content : JSON.stringify(content),
      );
    }
    return await openClipBpe(folder, part);
  }

  const sd1 = () => open({ "tokenizer_config.json": SD1, "vocab.json": vocab, "merges.txt": merges });
  const sdxl2 = (files: Record<string, unknown> = {}) => {
    const base = { "tokenizer_config.json": { ...SPECIAL, pad_token: "!" }, "vocab.json": vocab, "merges.txt": merges };
    return open({ ...base, ...files }, "tokenizer_2");
  };

  function expectEqual(encode: (text: string) => number[], expected: (i: number) => readonly number[]): void {
    const wrong = reference.prompts.flatMap((prompt, i) => {
      const ids = encode(prompt);
      return ids.join() === expected(i).slice(1, -1).join()
        ? []
        : [{ prompt, ids, expected: expected(i).slice(1, -1) }];
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  }

  it(`gives the ids of transformers' CLIPTokenizer for ${reference.prompts.length} prompts`, async () => {
    const tokenizer = await sd1();
    expect([tokenizer.bos, tokenizer.eos, tokenizer.pad, tokenizer.length]).toEqual([49406, 49407, 49407, 77]);
    expectEqual(tokenizer.encode, (i) => reference.clip[i]!);
  });

  it("does so where ! is the padding and therefore a token of its own", async () => {
    const tokenizer = await sdxl2();
    expect([tokenizer.bos, tokenizer.eos, tokenizer.pad]).toEqual([49406, 49407, 0]);
    expectEqual(tokenizer.encode, (i) => reference.clip2[i] ?? reference.clip[i]!);
  });

  it("reads the padding from special_tokens_map.json, which Stable Diffusion 2 needs", async () => {
    const tokenizer = await sdxl2({ "tokenizer_config.json": SD1, "special_tokens_map.json": { pad_token: "!" } });
    expect(tokenizer.pad).toBe(0);
    expect(tokenizer.encode("hello!")).toEqual([3306, 0]);
  });

  // What transformers 5.23 says of added_tokens_decoder[49407].normalized for such folders.
  for (
    const [tokens, normalized] of [["soo", true], ["oso", false], ["oos", false], ["sso", true], ["ooo", true]] as const
  ) {
    it(`finds <|ENDOFTEXT|> in a text or not as transformers does where it is described as ${tokens}`, async () => {
      const [eos_token, unk_token, pad_token] = Array.from(tokens, (kind) => {
        return kind === "s" ? "<|endoftext|>" : described("<|endoftext|>");
      });
      const tokenizer = await sdxl2({ "tokenizer_config.json": { ...SPECIAL, eos_token, unk_token, pad_token } });
      expect(tokenizer.encode("<|ENDOFTEXT|>").length === 1).toBe(normalized);
    });
  }

  it("reads added_tokens_decoder, which newer folders have", async () => {
    const added_tokens_decoder = {
      0: added(0, "!", false),
      49406: added(49406, "<|startoftext|>", true),
      49407: added(49407, "<|endoftext|>", true),
    };
    const tokenizer = await sdxl2({ "tokenizer_config.json": { ...SPECIAL, pad_token: "!", added_tokens_decoder } });
    expectEqual(tokenizer.encode, (i) => reference.clip2[i] ?? reference.clip[i]!);
  });

  it("reads tokenizer.json, with merges as pairs or as text", async () => {
    const config = { bos_token: "<|startoftext|>", eos_token: "<|endoftext|>", pad_token: "<|endoftext|>" };
    const text = merges.trimEnd().split("\n").slice(1);
    for (const [part, list] of [["tokenizer", text], ["tokenizer_2", text.map((pair) => pair.split(" "))]] as const) {
      const added_tokens = [added(49406, "<|startoftext|>", true), added(49407, "<|endoftext|>", false)];
      const file = { model: { vocab, merges: list }, added_tokens };
      const tokenizer = await open({ "tokenizer_config.json": config, "tokenizer.json": file }, part);
      expectEqual(tokenizer.encode, (i) => reference.clip[i]!);
    }
  });

  it("pads and cuts to 77 as transformers does", async () => {
    for (
      const [tokenizer, expected] of [[await sd1(), reference.clipFixed], [
        await sdxl2(),
        reference.clip2Fixed,
      ]] as const
    ) {
      const tokenize = fixedLength(tokenizer, tokenizer.length);
      for (const [i, ids] of Object.entries(expected)) {
        const tokens = tokenize(reference.prompts[Number(i)]!);
        expect(tokens.ids).toEqual(ids);
        const whole = tokenizer.encode(reference.prompts[Number(i)]!).length;
        expect(tokens.cut).toBe(Math.max(0, whole - 75));
        expect(tokens.mask.reduce((sum, each) => sum + each)).toBe(Math.min(77, whole + 2));
      }
    }
  });

  it("gives the text of ids as transformers does", async () => {
    const tokenizer = await sd1();
    for (const [i, text] of Object.entries(reference.clipText)) {
      expect(tokenizer.decode(reference.clip[Number(i)]!)).toBe(text);
    }
  });

  it("takes lone surrogates for U+FFFD", async () => {
    const { encode } = await sd1();
    expect(encode("a\ud83d b")).toEqual(encode("a\ufffd b"));
  });

  it("refuses a vocabulary without the tokens that the configuration names", async () => {
    const opened = open({ "tokenizer_config.json": SD1, "vocab.json": { a: 0 }, "merges.txt": "" });
    await expect(opened).rejects.toThrow(
      new TypeError("Vocabulary of the tokenizer has no <|endoftext|>; its configuration names it"),
    );
  });

  it("refuses tokenizer.json of another kind, naming the file", async () => {
    const opened = open({ "tokenizer_config.json": SD1, "tokenizer.json": { model: { type: "Unigram", vocab: [] } } });
    await expect(opened).rejects.toThrow(/tokenizer\.json has no merges; a CLIP tokenizer needs them/);
  });

  it("tells which file is not JSON", async () => {
    await expect(open({ "tokenizer_config.json": "{" })).rejects.toThrow(/tokenizer_config\.json is not JSON/);
  });

  it("tells which file is missing", async () => {
    await expect(open({ "tokenizer_config.json": SD1 })).rejects.toThrow(/vocab\.json/);
  });
});
