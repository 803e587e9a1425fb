/** A piece of a prompt and the weight of its tokens, 1 for plain text. */
export interface Fragment {
  readonly text: string;
  readonly weight: number;
}

/** Stands for BREAK, which ends a chunk; told from the word by its weight, as in A1111. */
export const BREAK: Fragment = { text: "BREAK", weight: -1 };

const ROUND = 1.1;
const SQUARE = 1 / 1.1;

/** Python's \s and \b, which know all of Unicode, without U+FEFF, which only JavaScript counts as a space. */
const SPACE = "[\\p{White_Space}\\x1c-\\x1f]";
const WORD = "[\\p{L}\\p{N}_]";

const SYNTAX = new RegExp(
  `\\\\[()[\\]\\\\]|\\\\|[([]|:${SPACE}*([+-]?[.\\p{Nd}]+)${SPACE}*\\)|[)\\]]|[^\\\\()[\\]:]+|:`,
  "gu",
);
const BREAKS = new RegExp(`${SPACE}*(?<!${WORD})BREAK(?!${WORD})${SPACE}*`, "u");

/**
 * Reads emphasis as AUTOMATIC1111's web UI does (`parse_prompt_attention` of its `modules/prompt_parser.py`): `(text)` is
 * text × 1.1, `[text]` is text ÷ 1.1, `(text:1.3)` is text × 1.3, nested brackets multiply, brackets left open end with the
 * prompt, `\(` `\)` `\[` `\]` `\\` are the characters themselves, and BREAK between words begins a new chunk.
 *
 * Its schedules `[from:to:when]` and `[a|b]` are another function there and not read here: `[a:b:0.5]` is the text `a:b:0.5`
 * ÷ 1.1. To switch emphasis off, pass the prompt on as the one fragment `{ text: prompt, weight: 1 }`.
 *
 * @returns at least one fragment; neighbours differ in weight
 * @throws {SyntaxError} if a weight is no number, such as 1.2.3
 */
export function parsePromptAttention(prompt: string): readonly Fragment[] {
  const fragments: { text: string; weight: number }[] = [];
  const round: number[] = [];
  const square: number[] = [];
  const multiply = (from: number, factor: number) => {
    for (const fragment of fragments.slice(from)) fragment.weight *= factor;
  };
  for (const [token, weight] of prompt.matchAll(SYNTAX)) {
    if (token.startsWith("\\")) fragments.push({ text: token.slice(1), weight: 1 });
    else if (token === "(") round.push(fragments.length);
    else if (token === "[") square.push(fragments.length);
    else if (weight !== undefined && round.length > 0) multiply(round.pop()!, numberOf(weight));
    else if (token === ")" && round.length > 0) multiply(round.pop()!, ROUND);
    else if (token === "]" && square.length > 0) multiply(square.pop()!, SQUARE);
    else {
      for (const [i, text] of token.split(BREAKS).entries()) {
        if (i > 0) fragments.push({ ...BREAK });
        fragments.push({ text, weight: 1 });
      }
    }
  }
  for (const from of round) multiply(from, ROUND);
  for (const from of square) multiply(from, SQUARE);
  return joined(fragments);
}

function numberOf(written: string): number {
  const value = Number(written.normalize("NFKC"));
  if (Number.isFinite(value)) return value;
  throw new SyntaxError(`Prompt has the weight "${written}"; it must be a number such as 1.3`);
}

function joined(fragments: readonly Fragment[]): readonly Fragment[] {
  const result: { text: string; weight: number }[] = [];
  for (const { text, weight } of fragments) {
    const last = result.at(-1);
    if (last?.weight === weight) last.text += text;
    else result.push({ text, weight });
  }
  return result.length > 0 ? result : [{ text: "", weight: 1 }];
}
