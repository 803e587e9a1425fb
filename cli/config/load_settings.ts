import { join } from "node:path";
import { closest } from "../../pipeline/request/closest.ts";
import { shown } from "../../pipeline/request/request_error.ts";
import { UsageError } from "../usage_error.ts";
import { readSettingsFile, type SettingsFile } from "./settings_file.ts";
import { infoOf, SETTING_NAMES, type SettingName } from "./setting_info.ts";
import { type Settings, SettingsSchema } from "./settings_schema.ts";

/** Looks up a variable of the environment. */
export type Environment = (name: string) => string | undefined;

/** Where a setting's value comes from; the first that has one wins. */
export const SOURCES = ["flag", "environment", "file", "default"] as const;

/** Settings, and where they come from. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, (typeof SOURCES)[number]>>;
  /** The file that was read, if any. */
  readonly file: string | undefined;
  /** What is dangerous about them, as sentences. */
  readonly warnings: readonly string[];
}

/** A value that was given, and how it is called where it was. */
interface Given {
  readonly source: (typeof SOURCES)[number];
  readonly label: string;
  readonly value: unknown;
}

/** The file that is read if none is named. */
const USUAL_FILE = "latentd.toml";

/**
 * Reads the settings of a server: flags before the environment before the file before defaults.
 *
 * @param flags values by commander's names, still text; `config` names the file
 * @throws {UsageError} with everything that is wrong, and where it stands
 */
export async function loadSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Environment,
): Promise<LoadedSettings> {
  const file = await findFile(flags["config"] ?? (env("LATENTD_CONFIG") || undefined));
  const given = new Map(SETTING_NAMES.flatMap((name) => {
    const first = [...givenFor(name, flags, env, file)][0];
    return first ? [[name, first] as const] : [];
  }));
  const values = Object.fromEntries([...given].map(([name, { value }]) => [name, value]));
  const parsed = SettingsSchema.safeParse(values, { reportInput: true });
  const wrong = [
    ...unknownNames(file),
    ...(parsed.error?.issues ?? []).map(({ path, input, message }) => {
      const name = path[0] as SettingName;
      const value = infoOf(name).isSecret ? "not shown here" : shown(input);
      return `${given.get(name)!.label} is ${value}; it ${message}`;
    }),
  ];
  if (!parsed.success || wrong.length > 0) throw new UsageError(wrong.join("\n"));
  return {
    settings: { ...parsed.data, keysFile: parsed.data.keysFile ?? usualKeysFile(env) },
    sources: Object.fromEntries(
      SETTING_NAMES.map((name) => [name, given.get(name)?.source ?? "default"]),
    ) as LoadedSettings[
      "sources"
    ],
    file: file?.path,
    warnings: file?.isOpen && given.get("apiKey")?.source === "file"
      ? [`${file.path} holds api-key, and every user of this machine can read it; chmod 640 ${file.path}`]
      : [],
  };
}

async function findFile(named: unknown): Promise<SettingsFile | undefined> {
  if (named !== undefined) return await readSettingsFile(String(named));
  const isThere = await Deno.stat(USUAL_FILE).then(({ isFile }) => isFile, () => false);
  return isThere ? await readSettingsFile(USUAL_FILE) : undefined;
}

function* givenFor(
  name: SettingName,
  flags: Readonly<Record<string, unknown>>,
  env: Environment,
  file: SettingsFile | undefined,
): Generator<Given> {
  const { name: dashed, variable, kind } = infoOf(name);
  if (flags[name] !== undefined) {
    yield { source: "flag", label: `--${dashed}`, value: fromText(kind, flags[name]) };
  }
  const text = env(variable);
  if (text !== undefined && text !== "") yield { source: "environment", label: variable, value: fromText(kind, text) };
  const value = file?.values[dashed];
  if (file && value !== undefined) {
    yield { source: "file", label: `${file.path}:${file.lineOf(dashed)}: ${dashed}`, value };
  }
}

/** What text stands for; text that stands for nothing of the kind stays, to be refused by the schema. */
function fromText(kind: "text" | "number" | "switch" | "list", given: unknown): unknown {
  if (typeof given !== "string") return given;
  if (kind === "number" && /^-?\d+(\.\d+)?$/.test(given)) return Number(given);
  if (kind === "switch" && /^(true|1|yes|on)$/i.test(given)) return true;
  if (kind === "switch" && /^(false|0|no|off)$/i.test(given)) return false;
  if (kind === "list") return given.split(",").map((part) => part.trim()).filter((part) => part !== "");
  return given;
}

function unknownNames(file: SettingsFile | undefined): string[] {
  if (file === undefined) return [];
  const names = SETTING_NAMES.map((name) => infoOf(name).name);
  return Object.keys(file.values).filter((name) => !names.includes(name)).map((name) => {
    const meant = closest(name, names);
    const hint = meant === undefined ? "`latentd config print` tells what there is" : `did you mean ${meant}?`;
    return `${file.path}:${file.lineOf(name)}: ${shown(name)} is not known; ${hint}`;
  });
}

function usualKeysFile(env: Environment): string | undefined {
  const home = env("HOME") || env("USERPROFILE");
  const folder = env("XDG_CONFIG_HOME") || (home && join(home, ".config"));
  return folder && join(folder, "latentd", "keys.json");
}
