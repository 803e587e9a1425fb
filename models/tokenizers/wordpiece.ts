import { withAddedTokens } from "./added_tokens.ts";
import { bertNormalize } from "./bert_normalizer.ts";
import { fixedLength, type Tokenize, type Tokenizer } from "./tokenizer.ts";
import { readWordPieceFile, type WordPieceFile } from "./wordpiece_file.ts";

const WORDS_AND_PUNCTUATION = /[\p{P}!-\/:-@\[-`{-~]|[^\p{White_Space}\p{P}!-\/:-@\[-`{-~]+/gu;

/**
 * Opens the BERT WordPiece tokenizer (Devlin et al. 2019) of a model folder, as the paper's τ_θ uses it, from
 * `tokenizer.json` or from `vocab.txt`.
 *
 * @param length how many tokens the text encoder takes; longer texts are cut before [SEP], as Python's `truncation=True` does
 */
export async function openWordPiece(folder: string, length: number): Promise<Tokenize> {
  return fixedLength(wordPiece(await readWordPieceFile(folder, "tokenizer")), length);
}

/**
 * Builds the tokenizer from a parsed `tokenizer.json`; equal to `BertTokenizer` of transformers 5, but for marks and
 * punctuation that Unicode has got after version 8, where the Rust library's tables end.
 */
export function wordPiece(file: WordPieceFile): Tokenizer {
  const { vocab, unk_token, continuing_subword_prefix: prefix, max_input_chars_per_word: longest } = file.model;
  const ids = new Map(Object.entries(vocab));
  const id = (token: string) => {
    const found = ids.get(token);
    if (found === undefined) throw new TypeError(`Vocabulary of the tokenizer has no ${token}; WordPiece needs it`);
    return found;
  };
  const unknown = [id(unk_token)];

  /** Longest known beginning, then the longest known piece after it, and so on. */
  function pieces(word: string): number[] {
    const characters = [...word];
    if (characters.length > longest) return unknown;
    const found: number[] = [];
    for (let start = 0; start < characters.length;) {
      let end = characters.length;
      let piece: number | undefined;
      while (end > start) {
        piece = ids.get((start > 0 ? prefix : "") + characters.slice(start, end).join(""));
        if (piece !== undefined) break;
        end--;
      }
      if (piece === undefined) return unknown;
      found.push(piece);
      start = end;
    }
    return found;
  }

  const words = (text: string) => text.match(WORDS_AND_PUNCTUATION) ?? [];
  const normalize = (text: string) => bertNormalize(text, file.normalizer);
  return {
    encode: withAddedTokens(file.added_tokens, normalize, (text) => words(text).flatMap(pieces)),
    bos: id("[CLS]"),
    eos: id("[SEP]"),
    pad: id("[PAD]"),
  };
}
