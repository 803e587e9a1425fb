import type { Output } from "../world.ts";
import { type Entry, type Fields, jsonLine, textLine } from "./log_line.ts";

/** How much is told, from the least. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
/** How much an entry matters. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** How entries look. */
export const LOG_FORMATS = ["auto", "text", "json"] as const;

/** How a log is written. */
export interface LogOptions {
  /** `auto` is text where someone looks at it and JSON elsewhere. */
  readonly format: (typeof LOG_FORMATS)[number];
  /** The last level that is told. */
  readonly level: LogLevel;
}

/** Most lines that wait for a reader who does not read; later ones are counted only. */
const MOST_WAITING = 10_000;

/** What a server tells its operator, one entry a line. */
export class Log implements AsyncDisposable {
  readonly #output: Output;
  readonly #levels: readonly LogLevel[];
  readonly #toLine: (entry: Entry) => string;
  #written: Promise<void> = Promise.resolve();
  #waiting = 0;
  #dropped = 0;

  constructor(output: Output, { format, level }: LogOptions) {
    this.#output = output;
    this.#levels = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1);
    this.#toLine = format === "text" || (format === "auto" && output.isTerminal()) ? textLine : jsonLine;
  }

  /**
   * Adds an entry, if its level is told.
   *
   * @param message a few words
   * @param fields what is known besides; what is undefined is left out
   * @param hidden fields that the message has in it already: not in text
   */
  tell(level: LogLevel, message: string, fields: Fields = {}, hidden: Fields = {}): void {
    if (!this.#levels.includes(level)) return;
    if (this.#waiting >= MOST_WAITING) return void this.#dropped++;
    this.#write({ time: new Date(), level, message, fields, hidden });
  }

  /** Adds what went wrong, with its causes and where. */
  fail(message: string, error: unknown, fields: Fields = {}, hidden: Fields = {}): void {
    this.tell("error", message, { ...fields, cause: told(error) }, hidden);
  }

  /** Resolves when everything is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written;
  }

  #write(entry: Entry): void {
    this.#waiting++;
    this.#written = this.#written.then(() => this.#output.write(this.#toLine(entry))).catch(() => {}).then(() => {
      this.#waiting--;
      if (this.#waiting > 0 || this.#dropped === 0) return;
      const lines = this.#dropped;
      this.#dropped = 0;
      this.tell("warn", "the log was not read in time; lines are missing", { lines });
    });
  }
}

/** An error's stack, and those of its causes. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? String(error);
  return error.cause === undefined ? own : `${own}\nCaused by: ${told(error.cause)}`;
}
