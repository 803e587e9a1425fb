import { RefusedError } from "./errors.ts";

/** Longest name that file systems take. */
const LONGEST_NAME = 255;

/**
 * Lets only relative paths pass that stay in their folder on every system: no `..`, no backslash, drive or control
 * character.
 *
 * @param what whose path it is, for the error
 * @throws {RefusedError}
 */
export function safePath(path: string, what: string): string {
  const isSafe = path.split("/").every((name) =>
    // deno-lint-ignore no-control-regex -- these are what must not be there
    name.length > 0 && name.length <= LONGEST_NAME && !/^\.\.?$|[\\:\x00-\x1f\x7f]/.test(name)
  );
  if (!isSafe) throw new RefusedError(`${what} names ${JSON.stringify(path)}; it must be a path inside its folder`);
  return path;
}
