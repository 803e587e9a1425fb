import { join } from "node:path";
import type { AddedToken } from "./added_tokens.ts";
import type { BertNormalizerConfig } from "./bert_normalizer.ts";
import { Config } from "../folder.ts";
import { ifThere } from "../files/if_there.ts";

/** What of a WordPiece `tokenizer.json` is used here. */
export interface WordPieceFile {
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: BertNormalizerConfig;
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly unk_token: string;
    readonly continuing_subword_prefix: string;
    readonly max_input_chars_per_word: number;
  };
}

interface Settings {
  readonly tokenize_chinese_chars?: boolean;
  readonly strip_accents?: boolean | null;
  readonly do_lower_case?: boolean;
}

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/**
 * Reads `tokenizer.json`, or makes it of `vocab.txt` and `tokenizer_config.json`, which older folders have instead.
 *
 * @throws {Deno.errors.NotFound} if the folder has neither, {SyntaxError} if a file is not JSON, {TypeError} if it is another kind
 */
export async function readWordPieceFile(folder: string, part: string): Promise<WordPieceFile> {
  const read = async (name: string) => (await Config.read(folder, part, name)).fields;
  const whole = await ifThere(read("tokenizer.json")) as WordPieceFile | undefined;
  if (whole !== undefined) {
    if (whole.model?.max_input_chars_per_word !== undefined) return whole;
    throw new TypeError(`${join(folder, part, "tokenizer.json")} is no WordPiece tokenizer; BERT's is`);
  }
  const settings: Settings = await read("tokenizer_config.json");
  const text = await Deno.readTextFile(join(folder, part, "vocab.txt"));
  const ids = new Map(text.replace(/\r?\n$/, "").split(/\r?\n/).map((token, id) => [token, id]));
  return {
    added_tokens: SPECIAL.flatMap((content) => {
      const id = ids.get(content);
      return id === undefined ? [] : [{ content, id, normalized: false }];
    }),
    normalizer: {
      clean_text: true,
      handle_chinese_chars: settings.tokenize_chinese_chars ?? true,
      strip_accents: settings.strip_accents ?? null,
      lowercase: settings.do_lower_case ?? true,
    },
    model: {
      vocab: Object.fromEntries(ids),
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
    },
  };
}
