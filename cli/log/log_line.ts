import type { LogLevel } from "./log.ts";

/** What is known besides the message. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One entry of a log. */
export interface Entry {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Fields;
  /** Fields that the message has in it already. */
  readonly hidden: Fields;
}

/** What ends lines, moves cursors or turns text around: control characters, line separators, marks of direction. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const PLAIN = /^[\w.:/+@%,{}~-]+$/;

/** One line of JSON; what is unsafe to look at is escaped. */
export function jsonLine({ time, level, message, fields, hidden }: Entry): string {
  return `${escaped(JSON.stringify({ time: time.toISOString(), level, message, ...hidden, ...fields }))}\n`;
}

/** One line for people: `12:00:00.000 info  message name=value`; further lines of a value follow, indented. */
export function textLine({ time, level, message, fields }: Entry): string {
  const values = Object.entries(fields).filter(([, value]) => value !== undefined);
  const [long, short] = [values.filter(isLong), values.filter((value) => !isLong(value))];
  const pairs = short.map(([name, value]) => ` ${quoted(name)}=${quoted(String(value))}`).join("");
  const lines = long.flatMap(([, value]) => String(value).split("\n")).map((line) => `    ${escaped(line)}\n`);
  return `${time.toISOString().slice(11, 23)} ${level.padEnd(5)} ${escaped(message)}${pairs}\n${lines.join("")}`;
}

const isLong = ([name]: readonly [string, unknown]) => name === "cause";

function quoted(value: string): string {
  return PLAIN.test(value) ? value : escaped(JSON.stringify(value));
}

function escaped(text: string): string {
  return text.replace(UNSAFE, (unsafe) => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
