import { Tokenizer } from "@huggingface/tokenizers";
import { join } from "node:path";

/** Token ids of one text, of a fixed length. */
export interface Tokens {
  /** `length` ids: [CLS], the text, [SEP], then padding. */
  readonly ids: readonly number[];
  /** 1 for each id that is not padding, else 0. */
  readonly mask: readonly number[];
  /** How many tokens of the text did not fit. */
  readonly cut: number;
}

/** Turns a text into exactly `length` tokens. */
export type Tokenize = (text: string) => Tokens;

/**
 * Opens the BERT WordPiece tokenizer (Devlin et al. 2019) of a model folder, as the paper's τ_θ uses it.
 *
 * @param length how many tokens the text encoder takes; longer texts are cut before [SEP], as Python's `truncation=True` does
 */
export async function openWordPiece(folder: string, length: number): Promise<Tokenize> {
  const read = async (name: string) => JSON.parse(await Deno.readTextFile(join(folder, "tokenizer", name)));
  const [vocabulary, settings] = await Promise.all([read("tokenizer.json"), read("tokenizer_config.json")]);
  const tokenizer = new Tokenizer(vocabulary, settings);
  const padding = tokenizer.token_to_id(settings.pad_token);
  return (text) => {
    const all = tokenizer.encode(text).ids;
    const cut = Math.max(0, all.length - length);
    const ids = cut > 0 ? [...all.slice(0, length - 1), ...all.slice(-1)] : all;
    const free = length - ids.length;
    return {
      ids: [...ids, ...Array<number>(free).fill(padding ?? 0)],
      mask: [...ids.map(() => 1), ...Array<number>(free).fill(0)],
      cut,
    };
  };
}
