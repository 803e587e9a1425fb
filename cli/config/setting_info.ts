import { type About, type Settings, SettingsSchema } from "./settings_schema.ts";

/** Name of a setting, as the program has it. */
export type SettingName = keyof Settings;

/** All names, in the order of the help text. */
export const SETTING_NAMES = Object.keys(SettingsSchema.shape) as readonly SettingName[];

/** What is known of a setting. */
export interface SettingInfo extends About {
  /** In the file, and behind `--`. */
  readonly name: string;
  /** In the environment. */
  readonly variable: string;
  readonly kind: "text" | "number" | "switch" | "list";
}

/** What is known of a setting. */
export function infoOf(name: SettingName): SettingInfo {
  const schema = SettingsSchema.shape[name];
  const type = schema.unwrap().def.type;
  const dashed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return {
    ...schema.meta() as unknown as About,
    name: dashed,
    variable: `LATENTD_${dashed.toUpperCase().replaceAll("-", "_")}`,
    kind: type === "number" ? "number" : type === "boolean" ? "switch" : type === "array" ? "list" : "text",
  };
}
