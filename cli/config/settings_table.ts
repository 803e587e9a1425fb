import { usualOf } from "./setting_flags.ts";
import { infoOf, SETTING_NAMES } from "./setting_info.ts";

/** All settings as a table in Markdown, for the docs. */
export function settingsTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { name: dashed, variable, value, description, isSecret } = infoOf(name);
    const flag = isSecret ? "none, for command lines can be seen" : code(`--${dashed}${value ? ` ${value}` : ""}`);
    return [code(dashed), flag, code(variable), usualOf(name) || "off", description];
  });
  const head = ["in the file", "flag", "environment", "default", "what it is"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function code(text: string): string {
  return `\`${text}\``;
}
