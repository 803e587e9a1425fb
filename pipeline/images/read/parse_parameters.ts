/** What a `parameters` text tells. */
export interface Parameters {
  readonly prompt: string;
  /** Empty where the text has none. */
  readonly negativePrompt: string;
  /** Pairs of the last line, such as `Steps` → `20`, `Size` → `512x768`, quotes taken off. */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * AUTOMATIC1111's `re_param` (modules/infotext_utils.py) but for spaces before a key, which it skips, and a bound of the
 * key's length, without which a long text takes time of its square.
 */
const PAIR = /(\w[\w \-/]{1,100}):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/g;
const NEGATIVE = "Negative prompt:";

/**
 * Reads the text that `parametersText` and AUTOMATIC1111 write: prompt, negative prompt and one line of pairs, which is one
 * only if it has at least three.
 */
export function parseParameters(text: string): Parameters {
  const lines = text.trim().split("\n");
  const pairs = [...lines.at(-1)!.matchAll(PAIR)];
  if (pairs.length >= 3) lines.pop();
  const prompts = lines.map((line) => line.trim());
  const at = prompts.findIndex((line) => line.startsWith(NEGATIVE));
  const negative = at < 0 ? [] : prompts.slice(at);
  return {
    prompt: (at < 0 ? prompts : prompts.slice(0, at)).join("\n"),
    negativePrompt: negative.map((line) => (line.startsWith(NEGATIVE) ? line.slice(NEGATIVE.length).trim() : line))
      .join("\n").trim(),
    fields: new Map(pairs.length < 3 ? [] : pairs.map(([, key, value]) => [key!, unquote(value!)])),
  };
}

/** Takes JSON's quotes off, where it is JSON. */
function unquote(value: string): string {
  if (!/^".*"$/s.test(value)) return value.trim();
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
