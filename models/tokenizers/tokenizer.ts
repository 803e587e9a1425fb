import type { Fragment } from "./prompt_attention.ts";

/** Turns texts into the token ids of one vocabulary, as the Python class of the same family does. */
export interface Tokenizer {
  /** Ids of a text, without the special ones around it. */
  encode(text: string): number[];
  /** First id of every sequence: <|startoftext|>, [CLS]. */
  readonly bos: number;
  /** Id that ends the text: <|endoftext|>, [SEP]. */
  readonly eos: number;
  /** Id that fills a sequence up; the same as `eos` in some models. */
  readonly pad: number;
}

/** Token ids of one text, of a fixed length. */
export interface Tokens {
  /** `length` ids: `bos`, the text, `eos`, then padding. */
  readonly ids: readonly number[];
  /** 1 for each id that is not padding, else 0. */
  readonly mask: readonly number[];
  /** What the hidden state of each position is multiplied by; 1 for special tokens and padding. */
  readonly weights: readonly number[];
  /** How many tokens of the text did not fit. */
  readonly cut: number;
}

/** Turns a text, as it is or in pieces with weights, into exactly `length` tokens. */
export type Tokenize = (text: string | readonly Fragment[]) => Tokens;

/**
 * Makes sequences of a fixed length: longer texts lose their end, shorter ones are padded, as Python's
 * `padding="max_length", truncation=True` does.
 *
 * @param length how many ids the text encoder takes, the special ones included
 */
export function fixedLength(tokenizer: Tokenizer, length: number): Tokenize {
  const { bos, eos, pad } = tokenizer;
  return (text) => {
    const fragments = typeof text === "string" ? [{ text, weight: 1 }] : text;
    const all = fragments.flatMap(({ text, weight }) => tokenizer.encode(text).map((id) => ({ id, weight })));
    const cut = Math.max(0, all.length + 2 - length);
    const kept = all.slice(0, all.length - cut);
    const free = length - kept.length - 2;
    return {
      ids: [bos, ...kept.map(({ id }) => id), eos, ...Array<number>(free).fill(pad)],
      mask: [...Array<number>(kept.length + 2).fill(1), ...Array<number>(free).fill(0)],
      weights: [1, ...kept.map(({ weight }) => weight), ...Array<number>(free + 1).fill(1)],
      cut,
    };
  };
}
