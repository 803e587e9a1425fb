import { dirname, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { whyUnreadable } from "../files/why_unreadable.ts";
import { UsageError } from "../usage_error.ts";
import { infoOf, SETTING_NAMES } from "./setting_info.ts";

/** A TOML file of settings, its values not checked yet. */
export interface SettingsFile {
  readonly path: string;
  /** By the names that stand in the file. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Whether every user of the machine can read it. */
  readonly isOpen: boolean;
  /** Number of the line where a name is set, from 1. */
  lineOf(name: string): number;
}

/**
 * Reads a file of settings; paths in it become absolute.
 *
 * @throws {UsageError} that names the file, and the line where it is no TOML
 */
export async function readSettingsFile(path: string): Promise<SettingsFile> {
  const { text, mode } = await read(path);
  const lines = text.split("\n");
  return {
    path,
    values: withPaths(parseText(path, text), dirname(path)),
    isOpen: isOpenTo(mode),
    lineOf: (name) => 1 + Math.max(0, lines.findIndex((line) => keyOf(line) === name)),
  };
}

/** Whether users besides the owner and the group may read a file. @param mode null where there are no such rights */
export function isOpenTo(mode: number | null): boolean {
  return ((mode ?? 0) & 0o004) !== 0;
}

async function read(path: string): Promise<{ readonly text: string; readonly mode: number | null }> {
  try {
    return { text: await Deno.readTextFile(path), mode: (await Deno.stat(path)).mode };
  } catch (error) {
    const why = await whyUnreadable(path, error) ?? (error as Error).message;
    throw new UsageError(`config is ${JSON.stringify(path)}, but ${why}`);
  }
}

function parseText(path: string, text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ""] = error.message.split("\n");
    throw new UsageError(`${path}:${error.line}: ${what.replace("Invalid TOML document: ", "The file is no TOML: ")}`);
  }
}

function withPaths(values: Record<string, unknown>, folder: string): Record<string, unknown> {
  for (const { name, isPath } of SETTING_NAMES.map(infoOf)) {
    const value = values[name];
    if (isPath && typeof value === "string" && value !== "") values[name] = resolve(folder, value);
  }
  return values;
}

/** What a line sets: the name of `name = value`, `"name" = value`, `name.more = value` or `[name]`. */
function keyOf(line: string): string | undefined {
  return /^\s*\[*\s*["']?([\w-]+)["']?\s*[\].=]/.exec(line)?.[1];
}
