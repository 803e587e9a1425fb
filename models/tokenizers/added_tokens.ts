/** A token that is found in the text itself before anything else looks at it, such as [SEP] or <|endoftext|>. */
export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Whether it is looked for in the normalised text instead of the text as written. */
  readonly normalized: boolean;
}

/**
 * Builds an encoder that takes added tokens out of a text and leaves the rest to a model, in the order of the
 * `tokenizers` library: tokens as written, normalisation, normalised tokens, model.
 *
 * @param encode ids of normalised text without added tokens
 */
export function withAddedTokens(
  tokens: readonly AddedToken[],
  normalize: (text: string) => string,
  encode: (text: string) => number[],
): (text: string) => number[] {
  const literal = splitter(tokens.filter((token) => !token.normalized));
  const normalized = splitter(
    tokens.filter((token) => token.normalized).map((token) => ({ ...token, content: normalize(token.content) })),
  );
  return (text) => literal(text, (part) => normalized(normalize(part), encode));
}

type Encode = (text: string) => number[];

function splitter(tokens: readonly AddedToken[]): (text: string, encode: Encode) => number[] {
  if (tokens.length === 0) return (text, encode) => encode(text);
  const ids = new Map(tokens.map((token) => [token.content, token.id]));
  const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${longestFirst.map((content) => RegExp.escape(content)).join("|")})`);
  return (text, encode) =>
    text.split(pattern).flatMap((part, i) => i % 2 === 1 ? [ids.get(part)!] : part === "" ? [] : encode(part));
}
