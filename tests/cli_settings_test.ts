import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { infoOf, SETTING_NAMES } from "../cli/config/setting_info.ts";
import { settingsTable } from "../cli/config/settings_table.ts";
import { FakeWorld } from "./fakes/fake_world.ts";

const DOCS = fileURLToPath(new URL("../docs/operate.md", import.meta.url));

describe("latentd config print", () => {
  let world: FakeWorld;
  let folder: string;

  beforeEach(async () => {
    world = new FakeWorld();
    folder = await Deno.makeTempDir();
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  const write = async (text: string) => {
    const path = join(folder, "latentd.toml");
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return path;
  };
  const print = async (...flags: readonly string[]) => {
    const fresh = Object.assign(new FakeWorld(), { variables: world.variables });
    expect([await fresh.run("config", "print", "--json", ...flags), fresh.stderr.text]).toEqual([0, ""]);
    return JSON.parse(fresh.stdout.text) as Record<string, { value: unknown; source: string }>;
  };

  it("tells the defaults of every setting", async () => {
    const told = await print();
    expect(Object.keys(told)).toEqual(SETTING_NAMES.map((name) => infoOf(name).name));
    expect(new Set(Object.values(told).map(({ source }) => source))).toEqual(new Set(["default"]));
    expect(told).toMatchObject({ host: { value: "127.0.0.1" }, port: { value: 8000 }, threads: { value: null } });
  });

  it("takes flags before the environment before the file before defaults, for each setting by itself", async () => {
    const path = await write('port = 1\nqueue = 2\ndrain = 3\nallowed-host = ["a", "B"]\nallow-public = true\n');
    Object.assign(world.variables, { LATENTD_PORT: "10", LATENTD_QUEUE: "20", LATENTD_ALLOWED_ORIGIN: "" });
    expect(await print("--config", path, "--port", "0")).toMatchObject({
      port: { value: 0, source: "flag --port" },
      queue: { value: 20, source: "environment LATENTD_QUEUE" },
      drain: { value: 3, source: `file ${path}` },
      "allowed-host": { value: ["a", "b"], source: `file ${path}` },
      "allow-public": { value: true, source: `file ${path}` },
      "allowed-origin": { value: [], source: "default" },
      threads: { value: null, source: "default" },
    });
    world.variables["LATENTD_CONFIG"] = path;
    expect((await print())["drain"]).toEqual({ value: 3, source: `file ${path}` });
  });

  it("reads every kind of value from every place", async () => {
    Object.assign(world.variables, { LATENTD_ALLOWED_HOST: "a.example, b.example", LATENTD_ALLOW_PUBLIC: "no" });
    const flags = ["--allow-public", "--allowed-origin", "https://a.example", "--allowed-origin", "http://b:81"];
    expect(await print(...flags, "-m", "tiny", "-d", "wasm", "--threads", "3")).toMatchObject({
      "allowed-host": { value: ["a.example", "b.example"] },
      "allow-public": { value: true, source: "flag --allow-public" },
      "allowed-origin": { value: ["https://a.example", "http://b:81"] },
      model: { value: "tiny" },
      device: { value: "wasm" },
      threads: { value: 3 },
    });
    expect((await print())["allow-public"]).toEqual({ value: false, source: "environment LATENTD_ALLOW_PUBLIC" });
  });

  it("takes paths in the file from where the file is", async () => {
    const path = await write('keys-file = "keys.json"\napi-key-file = "/run/key"\n');
    expect(await print("--config", path)).toMatchObject({
      "keys-file": { value: join(folder, "keys.json") },
      "api-key-file": { value: "/run/key" },
    });
  });

  it("looks for keys where the system keeps configuration", async () => {
    for (
      const [variables, value] of [
        [{ HOME: "/home/a" }, "/home/a/.config/latentd/keys.json"],
        [{ HOME: "/home/a", XDG_CONFIG_HOME: "/etc/xdg" }, "/etc/xdg/latentd/keys.json"],
      ] as const
    ) {
      Object.assign(world.variables, variables);
      expect((await print())["keys-file"]).toEqual({ value, source: "default" });
    }
  });

  it("never shows a secret, neither good nor bad, and no flag takes one", async () => {
    const secret = "a-secret-of-24-characters";
    world.variables["LATENTD_API_KEY"] = secret;
    expect((await print())["api-key"]).toEqual({ value: "(secret)", source: "environment LATENTD_API_KEY" });
    expect(await world.run("config", "print")).toBe(0);
    world.variables["LATENTD_API_KEY"] = "a secret with spaces";
    expect(await world.run("config", "print")).toBe(2);
    expect(await world.run("config", "print", "--api-key", "x")).toBe(2);
    expect(world.stdout.text).toContain('api-key = "(secret)"');
    expect(world.stderr.text).toContain(
      "LATENTD_API_KEY is not shown here; it must have 16 to 1000 characters, none of them a space",
    );
    expect(world.stdout.text + world.stderr.text).not.toMatch(/a.secret/);
  });

  it("tells lines that are a file of settings again", async () => {
    world.variables["LATENTD_QUEUE"] = "5";
    expect(await world.run("config", "print", "--allowed-host", "a.example")).toBe(0);
    const path = await write(world.stdout.text);
    delete world.variables["LATENTD_QUEUE"];
    expect(await print("--config", path)).toMatchObject({
      queue: { value: 5, source: `file ${path}` },
      "allowed-host": { value: ["a.example"], source: `file ${path}` },
    });
  });

  it("has the table of docs/operate.md", async () => {
    const plain = (text: string) => text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---");
    expect(plain(await Deno.readTextFile(DOCS))).toContain(plain(settingsTable()));
    expect(await world.run("config", "print", "--markdown")).toBe(0);
    expect(world.stdout.text).toBe(settingsTable());
  });
});
