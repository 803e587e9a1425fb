import { withAddedTokens } from "./added_tokens.ts";
import { lowerCase } from "./bert_normalizer.ts";
import { BYTE_SYMBOLS, bytePairs } from "./byte_pairs.ts";
import { type ClipFiles, readClipFiles } from "./clip_files.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** CLIP's tokenizer (Radford et al. 2021): lower-cased text, byte-pair encoding, `</w>` at the end of each word. */
export interface ClipTokenizer extends Tokenizer {
  /** The text that ids stand for, special tokens included; a space follows each word, case is lost. */
  decode(ids: readonly number[]): string;
  /** `model_max_length`: how many ids a sequence has, 77 in every published model. */
  readonly length: number;
}

const END_OF_WORD = "</w>";

const WORDS = /<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu;

/** A special token that is no added token (in upper case, say) is not a word of its own, but no part of its neighbours. */
const PARTS = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}+|[^\p{White_Space}\p{L}\p{N}]+/gu;

/**
 * Opens the CLIP tokenizer of a model folder, from `tokenizer.json` or from `vocab.json` and `merges.txt`.
 *
 * @param part folder of the tokenizer, `tokenizer_2` for the second one of SDXL
 * @throws {Deno.errors.NotFound} if the folder has neither, {TypeError} if a file is not what CLIP's would be
 */
export async function openClipBpe(folder: string, part = "tokenizer"): Promise<ClipTokenizer> {
  return clipBpe(await readClipFiles(folder, part));
}

/**
 * Builds the tokenizer from the contents of its files; equal to `CLIPTokenizer` of transformers 5, as far as the two know the
 * same version of Unicode.
 */
export function clipBpe(files: ClipFiles): ClipTokenizer {
  const ids = new Map([
    ...Object.entries(files.vocab),
    ...files.added.map(({ content, id }) => [content, id] as const),
  ]);
  const id = (token: string) => {
    const found = ids.get(token);
    if (found === undefined) {
      throw new TypeError(`Vocabulary of the tokenizer has no ${token}; its configuration names it`);
    }
    return found;
  };
  const unknown = id(files.special.unk);
  const merge = bytePairs(files.merges);
  const utf8 = new TextEncoder();

  function tokens(word: string): number[] {
    const symbols = Array.from(utf8.encode(word), (byte) => BYTE_SYMBOLS[byte]!);
    symbols.push(symbols.pop()! + END_OF_WORD);
    return merge(symbols).map((symbol) => ids.get(symbol) ?? unknown);
  }

  const normalize = (text: string) => lowerCase(text.normalize("NFC").replace(/\p{White_Space}+/gu, " "));
  const words = (text: string) => (text.match(WORDS) ?? []).flatMap((word) => word.match(PARTS)!);
  return {
    encode: withAddedTokens(files.added, normalize, (text) => words(text).flatMap(tokens)),
    decode: decoder(ids),
    bos: id(files.special.bos),
    eos: id(files.special.eos),
    pad: id(files.special.pad),
    length: files.length,
  };
}

function decoder(ids: ReadonlyMap<string, number>): (ids: readonly number[]) => string {
  const bytes = new Map(BYTE_SYMBOLS.map((symbol, byte) => [symbol, byte]));
  const symbols = new Map([...ids].map(([symbol, id]) => [id, symbol]));
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  return (sequence) => {
    const text = sequence.map((id) => symbols.get(id) ?? "").join("").replaceAll(END_OF_WORD, " ");
    return utf8.decode(Uint8Array.from([...text], (symbol) => bytes.get(symbol) ?? " ".charCodeAt(0))).trim();
  };
}
