import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import type { Output } from "../world.ts";
import { Log, type LogOptions } from "./log.ts";

const NASTY = 'a\r\n{"level":"error"}\u2028\u0085\u001b[31m\u202e';

describe("Log", () => {
  let text: string;
  let isTerminal: boolean;
  let write: Output["write"];
  beforeEach(() => {
    text = "";
    isTerminal = false;
    write = (data) => {
      text += data;
      return Promise.resolve();
    };
  });

  async function told(options: Partial<LogOptions>, tell: (log: Log) => void): Promise<readonly string[]> {
    const output: Output = { write: (data) => write(data), isTerminal: () => isTerminal };
    await using log = new Log(output, { format: "auto", level: "info", ...options });
    tell(log);
    await log[Symbol.asyncDispose]();
    return text.split("\n").slice(0, -1);
  }

  it("is one JSON object a line where nobody looks at it", async () => {
    const [line, ...more] = await told(
      {},
      (log) => log.tell("info", "GET / 200", { ms: 3, key: undefined }, { status: 200 }),
    );
    expect(more).toEqual([]);
    const { time, ...rest } = JSON.parse(line!);
    expect(rest).toEqual({ level: "info", message: "GET / 200", status: 200, ms: 3 });
    expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(60_000);
  });

  it("is text on a terminal, or where that is wanted", async () => {
    const tell = (log: Log) => log.tell("warn", "GET / 200", { ms: 3, key: undefined, why: "a b" }, { status: 200 });
    const line = expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} warn {2}GET \/ 200 ms=3 why="a b"$/);
    expect(await told({ format: "text" }, tell)).toEqual([line]);
    isTerminal = true;
    text = "";
    expect(await told({}, tell)).toEqual([line]);
    text = "";
    expect(JSON.parse((await told({ format: "json" }, tell))[0]!)).toMatchObject({ why: "a b" });
  });

  it("tells as much as was asked for", async () => {
    const tell = (log: Log) => {
      for (const level of ["error", "warn", "info", "debug"] as const) log.tell(level, level);
    };
    const levels = async (level: LogOptions["level"]) => {
      text = "";
      return (await told({ level }, tell)).map((line) => JSON.parse(line).message);
    };
    expect(await levels("error")).toEqual(["error"]);
    expect(await levels("info")).toEqual(["error", "warn", "info"]);
    expect(await levels("debug")).toEqual(["error", "warn", "info", "debug"]);
  });

  it("lets nobody forge a line, move the cursor or turn the text around", async () => {
    const tell = (log: Log) => {
      log.tell("info", NASTY, { [NASTY]: NASTY });
      log.fail("it", new Error(NASTY, { cause: new Error(NASTY) }));
    };
    // deno-lint-ignore no-control-regex
    const unsafe = /[\x00-\x1f\x7f-\x9f\u2028-\u202e]/;
    const lines = await told({}, tell);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).not.toMatch(unsafe);
    expect(JSON.parse(lines[0]!)).toMatchObject({ message: NASTY, [NASTY]: NASTY });
    expect(JSON.parse(lines[1]!).cause).toContain("Caused by: Error: a\r\n");
    text = "";
    const people = await told({ format: "text" }, tell);
    for (const line of people) expect(line).not.toMatch(unsafe);
    // Only entries begin at the first column.
    expect(people.filter((line) => !line.startsWith("    "))).toEqual([
      expect.stringMatching(/^[\d:.]+ info {2}a\\u000d\\u000a/),
      expect.stringMatching(/^[\d:.]+ error it$/),
    ]);
  });

  it("goes on when nobody takes it, and says what is missing", async () => {
    const gate = Promise.withResolvers<void>();
    write = async (data) => {
      await gate.promise;
      text += data;
    };
    const lines = await told({}, (log) => {
      for (let i = 0; i < 10_005; i++) log.tell("info", "x");
      setTimeout(() => gate.resolve());
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(lines).toHaveLength(10_000);
    expect(JSON.parse(text.trim().split("\n").at(-1)!)).toMatchObject({ level: "warn", lines: 5 });

    write = () => Promise.reject(new Deno.errors.BrokenPipe());
    text = "";
    expect(await told({}, (log) => log.tell("info", "x"))).toEqual([]);
  });
});
