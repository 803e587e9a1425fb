import { Option } from "commander";
import { infoOf, SETTING_NAMES, type SettingName } from "./setting_info.ts";
import { SettingsSchema } from "./settings_schema.ts";

/** The flags that set a server up. Their values stay text, which {@link loadSettings} reads. */
export function settingOptions(): Option[] {
  return [
    new Option("--config <file>", "TOML file of settings (default: latentd.toml, if it is there)"),
    ...SETTING_NAMES.filter((name) => !infoOf(name).isSecret).map(toOption),
  ];
}

/** The default of a setting as people are told it; empty if there is none worth telling. */
export function usualOf(name: SettingName): string {
  const { usual, kind } = infoOf(name);
  if (usual !== undefined) return usual;
  const value: unknown = SettingsSchema.shape[name].parse(undefined);
  return kind === "switch" ? "" : String(value);
}

function toOption(name: SettingName): Option {
  const { name: dashed, short, value, description, kind } = infoOf(name);
  const usual = usualOf(name);
  const option = new Option(
    `${short === undefined ? "" : `${short}, `}--${dashed}${value === undefined ? "" : ` ${value}`}`,
    usual === "" ? description : `${description} (default: ${usual})`,
  );
  return kind === "list"
    ? option.argParser((text: string, before: readonly string[] = []) => [...before, text])
    : option;
}
