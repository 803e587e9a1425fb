import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { loadSettings } from "../cli/config/load_settings.ts";
import { ServerKeys } from "../cli/config/server_keys.ts";
import { writeWhole } from "../models/files/write_whole.ts";
import { digestOf, findKey } from "../routes/auth/api_key.ts";
import { FakeWorld } from "./fakes/fake_world.ts";

describe("latentd keys", () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    path = join(folder, "private", "keys.json");
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  async function keys(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const world = new FakeWorld();
    const code = await world.run("keys", ...args, "--keys-file", path);
    return { code, out: world.stdout.text, err: world.stderr.text };
  }

  it("add tells a key once and keeps its hash and limits", async () => {
    const { code, out, err } = await keys(
      "add",
      "alice",
      "--budget",
      "1e9",
      "--concurrency",
      "2",
      "--priority",
      "9",
      "--admin",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^latentd_[\w-]{32}\n$/);
    expect(err).toBe(`This is the key of alice. It is not told again; ${path} has its hash.\n`);
    const text = await Deno.readTextFile(path);
    expect(text).not.toContain(out.trim().slice(8));
    expect(JSON.parse(text)).toEqual({
      keys: [{
        name: "alice",
        sha256: digestOf(out.trim()).toHex(),
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        budget: 1e9,
        concurrency: 2,
        priority: 9,
        admin: true,
      }],
    });
    if (Deno.build.os !== "windows") {
      expect((await Deno.stat(path)).mode! & 0o777).toBe(0o600);
      expect((await Deno.stat(join(folder, "private"))).mode! & 0o777).toBe(0o700);
    }
    expect((await Array.fromAsync(Deno.readDir(join(folder, "private")))).map(({ name }) => name)).toEqual([
      "keys.json",
    ]);
  });

  it("list tells names and limits, rm removes", async () => {
    expect(await keys("list")).toEqual({ code: 0, out: "", err: "There are no keys; `keys add <name>` makes one\n" });
    await keys("add", "alice", "--requests-per-minute", "60");
    await keys("add", "bob");
    const { out } = await keys("list");
    expect(out).toMatch(/^alice {2}\d{4}-\d\d-\d\d {2}requests-per-minute 60\nbob {2}\d{4}-\d\d-\d\d {2}no limits\n$/);
    expect(JSON.parse((await keys("list", "--json")).out)).toMatchObject([{ name: "alice" }, { name: "bob" }]);
    expect(await keys("rm", "alice")).toEqual({ code: 0, out: "", err: "removed the key of alice\n" });
    expect((await keys("list")).out).toMatch(/^bob /);
  });

  it("refuse what cannot be, and change nothing", async () => {
    await keys("add", "alice");
    const before = await Deno.readTextFile(path);
    for (
      const [args, said] of [
        [["add", "alice"], 'name is "alice", who has a key; remove it by `keys rm alice`, or choose another'],
        [["add", "Al ice"], 'name is "Al ice"; it must be a name of small letters, digits, . _ -'],
        [["add", "bob", "--priority", "10"], "priority is 10; it must be a whole number from 0 to 9"],
        [["add", "bob", "--requests-per-minute", "x"], 'requests-per-minute is "x"; it must be a whole number from 1'],
        [["rm", "bob"], 'name is "bob"; known are alice'],
      ] as const
    ) {
      const { code, out, err } = await keys(...args);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(`error: ${said}`);
    }
    expect(await Deno.readTextFile(path)).toBe(before);
  });

  describe("of a running server", () => {
    const until = async (holds: () => boolean) => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const open = async (
      flags: Record<string, string>,
      warnings: string[] = [],
      variables: Record<string, string> = {},
    ) => await ServerKeys.open(await loadSettings(flags, (name) => variables[name]), (text) => warnings.push(text), 5);

    it("follow their file, and survive slips of the pen", async () => {
      const key = (await keys("add", "alice")).out.trim();
      const warnings: string[] = [];
      using server = await open({ keysFile: path }, warnings);
      expect(findKey(server.current(), key)?.name).toBe("alice");
      const other = (await keys("add", "bob", "--concurrency", "3")).out.trim();
      await until(() => server.current().length === 2);
      expect(findKey(server.current(), other)).toMatchObject({ name: "bob", limits: { concurrency: 3 } });
      await keys("rm", "alice");
      await until(() => server.current().length === 1);
      expect(findKey(server.current(), key)).toBeUndefined();
      expect(warnings).toEqual([]);
      // In one piece, or the server may also see, and tell, that it is empty.
      await writeWhole(path, "{", { mode: 0o600 });
      await until(() => warnings.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(warnings).toEqual([expect.stringMatching(/^\S+: The file is no JSON: .*; the keys stay as they were$/)]);
      expect(findKey(server.current(), other)?.name).toBe("bob");
      await Deno.remove(path);
      await until(() => server.current().length === 0);
    });

    it("may be one simple key, from the environment or a file", async () => {
      const file = join(folder, "key");
      await Deno.writeTextFile(file, "fedcba9876543210\n", { mode: 0o600 });
      using server = await open({ apiKeyFile: file }, [], { LATENTD_API_KEY: "0123456789abcdef" });
      for (const key of ["0123456789abcdef", "fedcba9876543210"]) {
        expect(findKey(server.current(), key)?.name).toBe("default");
      }
      await Deno.writeTextFile(file, "short");
      await expect(open({ apiKeyFile: file })).rejects.toThrow(
        `The key in ${file} must have 16 to 1000 characters, none of them a space`,
      );
    });

    it("are not needed where nothing was said and no file is there", async () => {
      using server = await open({}, [], { HOME: folder });
      expect(server.current()).toEqual([]);
    });
  });
});
