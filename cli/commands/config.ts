import { Command } from "commander";
import { type LoadedSettings, loadSettings } from "../config/load_settings.ts";
import { settingOptions } from "../config/setting_flags.ts";
import { settingsTable } from "../config/settings_table.ts";
import { infoOf, SETTING_NAMES, type SettingName } from "../config/setting_info.ts";
import type { World } from "../world.ts";

/** `latentd config`: what a server would be set to, and why. */
export function configCommand(world: World): Command {
  const command = new Command("config").description("Tell the settings of a server");
  const print = command.command("print")
    .description("Every setting with its value and where that comes from; takes the flags of serve, too")
    .option("--json", "As JSON")
    .option("--markdown", "All that can be set, as the table of the docs")
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      if (flags["markdown"]) return await world.stdout.write(settingsTable());
      const loaded = await loadSettings(flags, world.env);
      for (const warning of loaded.warnings) await world.stderr.write(`warning: ${warning}\n`);
      await world.stdout.write(flags["json"] ? JSON.stringify(toJson(loaded), null, 2) + "\n" : toText(loaded));
    });
  for (const option of settingOptions()) print.addOption(option);
  return command;
}

function toJson(loaded: LoadedSettings): Record<string, { value: unknown; source: string }> {
  return Object.fromEntries(
    SETTING_NAMES.map((
      name,
    ) => [infoOf(name).name, { value: shownValue(name, loaded) ?? null, source: sourceOf(name, loaded) }]),
  );
}

/** Lines of a settings file; what is not set stands in comments. */
function toText(loaded: LoadedSettings): string {
  const lines = SETTING_NAMES.map((name) => {
    const value = shownValue(name, loaded);
    const dashed = infoOf(name).name;
    return { text: value === undefined ? `# ${dashed} =` : `${dashed} = ${JSON.stringify(value)}`, name };
  });
  const width = Math.max(...lines.map(({ text }) => text.length));
  return lines.map(({ text, name }) => `${text.padEnd(width)}  # ${sourceOf(name, loaded)}\n`).join("");
}

function shownValue(name: SettingName, { settings }: LoadedSettings): unknown {
  return infoOf(name).isSecret && settings[name] !== undefined ? "(secret)" : settings[name];
}

/** Where a value comes from, as people would look for it. */
function sourceOf(name: SettingName, { sources, file }: LoadedSettings): string {
  const source = sources[name];
  const { name: dashed, variable } = infoOf(name);
  return {
    flag: `flag --${dashed}`,
    environment: `environment ${variable}`,
    file: `file ${file}`,
    default: "default",
  }[source];
}
