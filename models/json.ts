/** A whole string, so that what looks like a number inside one is left alone, or a literal that is no JSON. */
const STRINGS_AND_LITERALS = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/** What stands for it: a number too large is infinite when it is read, and NaN is what diffusers has for "not set". */
const WRITTEN: Readonly<Record<string, string>> = { "Infinity": "1e999", "-Infinity": "-1e999", "NaN": "null" };

/**
 * Parses JSON as Python's `json` writes it: `Infinity`, `-Infinity` and `NaN` (as null) may stand for numbers, such as in
 * `lambda_min_clipped` of diffusers' schedulers.
 *
 * @throws {SyntaxError} if it is not JSON
 */
export function parsePythonJson(text: string): unknown {
  return JSON.parse(text.replace(STRINGS_AND_LITERALS, (found) => WRITTEN[found] ?? found));
}
