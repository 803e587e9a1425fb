import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { FakeWorld } from "../fakes/fake_world.ts";

/** Row 29: each is refused with exit code 2, and what is said names the place. */
const WRONG: readonly [what: string, file: string, said: string][] = [
  ["an unknown key", "host = '127.0.0.1'\nprot = 9000\n", 'FILE:2: "prot" is not known; did you mean port?'],
  ["a key of another style", "allowed_host = []\n", 'FILE:1: "allowed_host" is not known; did you mean allowed-host?'],
  ["a table", "port = 1\n\n[server]\nport = 9000\n", 'FILE:3: "server" is not known; `latentd config print` tells'],
  ["a wrong type", "# a comment\nport = '80'\n", 'FILE:2: port is "80"; it must be a whole number from 0 to 65535'],
  ["a fraction", "queue = 1.5\n", "FILE:1: queue is 1.5; it must be a whole number from 0 to 10000"],
  ["a number that is none", "drain = nan\n", "FILE:1: drain is NaN; it must be a whole number from 0 to 3600"],
  ["port 99999", "\n\nport = 99999\n", "FILE:3: port is 99999; it must be a whole number from 0 to 65535"],
  ["a list that is none", 'allowed-host = "a"\n', 'FILE:1: allowed-host is "a"; it must be a list of host names'],
  ["a wrong entry", 'allowed-host = ["a:80"]\n', 'FILE:1: allowed-host is "a:80"; it must be a host name without'],
  ["any origin", 'allowed-origin = ["*"]\n', 'FILE:1: allowed-origin is "*"; it must be an origin as browsers'],
  ["an origin with a path", 'allowed-origin = ["https://a.example/"]\n', "it must be an origin as browsers send it"],
  ["a date", "drain = 2026-11-23\n", "FILE:1: drain is "],
  ["a key twice", "port = 1\nport = 2\n", "FILE:2: The file is no TOML: trying to redefine"],
  ["no TOML at all", '{ "port": 1 }\n', "FILE:1: The file is no TOML: "],
  ["an end in the middle", 'host = "127', "FILE:1: The file is no TOML: "],
  ["names of prototypes", "__proto__ = 1\nconstructor = 2\n", 'FILE:2: "constructor" is not known'],
  ["too short a secret", 'api-key = "hunter2"\n', "FILE:1: api-key is not shown here; it must have 16 to 1000"],
];

describe("bad inputs, row 29: settings", () => {
  let world: FakeWorld;
  let folder: string;
  let file: string;

  beforeEach(async () => {
    world = new FakeWorld();
    folder = await Deno.makeTempDir();
    file = join(folder, "latentd.toml");
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  async function refused(...args: readonly string[]): Promise<string> {
    expect(await world.run(...args)).toBe(2);
    expect(world.opened).toEqual([]);
    expect(world.stdout.text).toBe("");
    return world.stderr.text;
  }

  for (const [what, text, said] of WRONG) {
    it(`${what}: exit code 2, the line named`, async () => {
      await Deno.writeTextFile(file, text);
      expect(await refused("serve", "--config", file)).toContain(
        `error: ${said}`.replace("FILE", file).slice(
          said.startsWith("FILE") ? 0 : 7,
        ),
      );
      expect(world.stderr.text).not.toContain("hunter2");
    });
  }

  it("everything that is wrong is told at once", async () => {
    await Deno.writeTextFile(file, "port = 99999\ncolour = 1\n");
    world.variables["LATENTD_QUEUE"] = "many";
    const lines = (await refused("serve", "--config", file, "--drain", "-1")).trimEnd().split("\n");
    expect(lines.map((line) => line.slice(0, line.indexOf(";")))).toEqual([
      `error: ${file}:2: "colour" is not known`,
      `error: ${file}:1: port is 99999`,
      'error: LATENTD_QUEUE is "many"',
      "error: --drain is -1",
    ]);
  });

  it("a missing file, a folder, a file of no text: exit code 2", async () => {
    expect(await refused("serve", "--config", join(folder, "none.toml"))).toContain("there is no such file");
    expect(await refused("serve", "--config", folder)).toContain("but it is a folder; name a file");
    expect(await refused("serve", "--config", folder)).toContain(`config is ${JSON.stringify(folder)}, but`);
    expect(await refused("serve", "--keys-file", join(folder, "none.json"))).toContain(
      `keys-file is ${join(folder, "none.json")}, but there is no such file; \`keys add <name>\` makes it`,
    );
    expect(await refused("serve", "--api-key-file", join(folder, "none"))).toContain("but it cannot be read");
  });

  it("a file of keys that is none, or has what it must not: exit code 2, the place named", async () => {
    const sha256 = "0".repeat(64);
    const key = { name: "a", sha256, created: "2026-11-23T08:00:00Z" };
    for (
      const [text, said] of [
        ["{", "The file is no JSON"],
        ["[]", "is []; it "],
        ['{"keys":[],"more":1}', '"more" is not known'],
        [
          JSON.stringify({ keys: [{ ...key, sha256: "secret" }] }),
          "keys.0.sha256 is not what it should be; it must be 64",
        ],
        [
          JSON.stringify({ keys: [{ ...key, concurrency: 0 }] }),
          "keys.0.concurrency is 0; it must be a whole number from",
        ],
        [
          JSON.stringify({ keys: [{ ...key, name: "../a" }] }),
          'keys.0.name is "../a"; it must be a name of small letters',
        ],
        [JSON.stringify({ keys: [{ ...key, quota: 1 }] }), '"quota" is not known'],
      ] as const
    ) {
      const path = join(folder, "keys.json");
      await Deno.writeTextFile(path, text, { mode: 0o600 });
      expect(await refused("serve", "--keys-file", path)).toContain(said);
      expect(world.stderr.text).toContain(path);
    }
  });

  it("a secret that others can read: a warning; keys that others can change: exit code 2", {
    skip: Deno.build.os === "windows" ? "Windows has no such rights" : false,
  }, async () => {
    await Deno.writeTextFile(file, 'api-key = "0123456789abcdef"\n');
    await Deno.chmod(file, 0o644);
    expect(await world.run("config", "print", "--config", file)).toBe(0);
    expect(world.stderr.text).toBe(
      `warning: ${file} holds api-key, and every user of this machine can read it; chmod 640 ${file}\n`,
    );
    const silent = new FakeWorld();
    await Deno.chmod(file, 0o640);
    expect(await silent.run("config", "print", "--config", file)).toBe(0);
    expect(silent.stderr.text).toBe("");
    const path = join(folder, "keys.json");
    await Deno.writeTextFile(path, '{"keys":[]}');
    await Deno.chmod(path, 0o606);
    const refusing = new FakeWorld();
    expect(await refusing.run("serve", "--keys-file", path)).toBe(2);
    expect(refusing.stderr.text).toBe(
      `error: ${path} can be changed by every user of this machine; chmod 600 ${path}\n`,
    );
  });
});
