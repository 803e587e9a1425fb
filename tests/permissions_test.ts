import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { digestOf } from "../routes/auth/api_key.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const KEY = "latentd_0123456789abcdef";

/** What a task of deno.json grants: kinds, each with its list; null for no list. */
type Grants = Readonly<Record<string, readonly string[] | null>>;

function grantsOf(task: { readonly command: string }): Grants {
  return Object.fromEntries(
    [...task.command.matchAll(/--allow-(\w+)(?:=([^\s']+))?/g)].map((
      [, kind, list],
    ) => [kind, list?.split(",") ?? null]),
  );
}

function without(grants: Grants, kind: string, entry?: string): Grants {
  const { [kind]: list, ...rest } = grants;
  return entry === undefined ? rest : { ...rest, [kind]: list!.filter((other) => other !== entry) };
}

/** The sets of deno.json, held against what the real server does with the model that ships. */
describe("permissions of deno task serve", () => {
  const grants = grantsOf(config.tasks.serve);
  /** Working folder and home of the server. */
  let folder: string;
  let denoDir: string;

  beforeEach(async () => {
    folder = await Deno.realPath(await Deno.makeTempDir());
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
    denoDir = JSON.parse(new TextDecoder().decode(stdout)).denoDir;
    await Deno.mkdir(join(folder, ".config/latentd"), { recursive: true });
    const keys = [{ name: "alice", sha256: digestOf(KEY).toHex(), created: "2026-11-23T08:00:00Z", admin: true }];
    await Deno.writeTextFile(join(folder, ".config/latentd/keys.json"), JSON.stringify({ keys }), { mode: 0o600 });
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  function start(granted: Grants, flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const permissions = Object.entries(granted).map(([kind, list]) =>
      list === null ? `--allow-${kind}` : `--allow-${kind}=${list.join(",")}`
    );
    const server = ["serve", "--port", "0", "--device", "wasm", "--threads", "2", ...flags];
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", ...permissions, join(ROOT, "main.ts"), ...server],
      cwd: folder,
      clearEnv: true,
      env: { HOME: folder, DENO_DIR: denoDir, NO_COLOR: "1", PATH: Deno.env.get("PATH") ?? "", ...env },
      stdout: "null",
      stderr: "piped",
    }).spawn();
  }

  it("are enough for a whole session, and it reads nothing but its program, models, keys, settings and jobs", async () => {
    const audit = join(folder, "audit.jsonl");
    // As docs/operate.md has it for machines where all paths are known: less than the task grants.
    const read = [ROOT, join(denoDir, "npm"), folder];
    await using server = start({ ...grants, read }, [], { DENO_AUDIT_PERMISSIONS: audit });
    const log: string[] = [];
    let port = "";
    for await (const text of server.stderr.pipeThrough(new TextDecoderStream())) {
      log.push(text);
      const address = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(log.join(""));
      port ||= address?.[1] ?? "";
      if (!text.includes("ready:")) continue;
      await session(`http://127.0.0.1:${port}`);
      server.kill("SIGTERM");
    }
    expect((await server.status).code).toBe(0);
    expect(log.join("")).not.toMatch(/NotCapable|Requires|error|warning/);

    const accesses = (await Deno.readTextFile(audit)).trim().split("\n").map((line) => JSON.parse(line));
    const valuesOf = (kind: string): (string | null)[] => [
      ...new Set<string | null>(accesses.filter(({ permission }) => permission === kind).map(({ value }) => value)),
    ];
    const kinds = new Set(accesses.map(({ permission }) => permission));
    expect([...kinds].sort()).toEqual(["env", "net", "read", "sys", "write"]);
    expect(Object.keys(grants).sort()).toEqual(["env", "net", "read", "sys", "write"]);
    expect(valuesOf("net")).toEqual(["127.0.0.1:0"]);
    // Node's worker threads try to copy the whole environment, and do without.
    const names = valuesOf("env").filter((name) => name !== null);
    expect(names.filter((name) => !grants["env"]!.some((granted) => matches(granted, name)))).toEqual([]);
    const places = [
      ROOT,
      join(denoDir, "npm"),
      ...[".config/latentd", ".cache/huggingface", ".cache/latentd", ".latentd"].map((name) => join(folder, name)),
    ];
    const files = [...valuesOf("read"), ...valuesOf("write")].map((path) => pathOf(path!, folder));
    const elsewhere = files.filter((path) => !places.some((place) => `${path}/`.startsWith(place)));
    expect(new Set(elsewhere)).toEqual(new Set([join(folder, "latentd.toml")]));
  });

  it("are all needed: without any one of them the server does not start, and says what it lacks", async () => {
    const cases: [granted: Grants, said: RegExp, flags?: readonly string[], env?: Record<string, string>][] = [
      [without(grants, "read"), /Requires read access to/],
      [without(grants, "write"), /Deno may not write|Requires write access to/],
      [without(grants, "env"), /Requires env access to "HOME"/],
      [without(grants, "net"), /Deno may not listen on 127\.0\.0\.1/],
      [without(grants, "sys"), /Requires sys access to "systemMemoryInfo"/],
      [without(grants, "env", "LATENTD_*"), /Requires env access to "LATENTD_CONFIG"/],
      [without(grants, "env", "HF_*"), /Requires env access to "HF_HOME"/],
      [without(grants, "env", "HOME"), /Requires env access to "HOME"/],
      [without(grants, "env", "USERPROFILE"), /Requires env access to "USERPROFILE"/, [], { HOME: "" }],
      [without(grants, "env", "XDG_*"), /Requires env access to "XDG_C(ACHE|ONFIG)_HOME"/],
      ...["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]"].map((host): (typeof cases)[number] => [
        without(grants, "net", host),
        /Deno may not listen on/,
        ["--host", host.replace(/[[\]]/g, ""), "--allow-public"],
      ]),
    ];
    // Each kind, and each entry of a list that is longer than one.
    const entries = Object.values(grants).flatMap((list) => list && list.length > 1 ? list : []);
    expect(cases).toHaveLength(Object.keys(grants).length + entries.length);
    for (const [granted, said, flags = [], env = {}] of cases) {
      const { code, stderr } = await start(granted, flags, env).output();
      expect(new TextDecoder().decode(stderr)).toMatch(said);
      expect(code).not.toBe(0);
    }
  });

  it("of all tasks but native and those of developers leave Deno's sandbox whole", () => {
    for (const name of ["generate", "serve", "pull", "models", "keys", "config", "doctor"] as const) {
      const { command } = config.tasks[name];
      expect(command).toContain("--no-prompt");
      expect(Object.keys(grantsOf(config.tasks[name]))).not.toContain("all");
      for (const kind of ["ffi", "run", "import"]) expect(grantsOf(config.tasks[name])).not.toHaveProperty(kind);
      expect("net" in grantsOf(config.tasks[name])).toBe(name === "serve" || name === "pull");
    }
  });
});

/** Everything that a client can do, each with success. */
async function session(url: string): Promise<void> {
  const ask = async (path: string, status: number, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${KEY}` },
    });
    const body = await response.bytes();
    expect([path, response.status]).toEqual([path, status]);
    return body;
  };
  const json = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
  for (
    const path of [
      "/",
      "/docs",
      "/assets/page/main.js",
      "/livez",
      "/metrics",
      "/readyz",
      "/v1/models",
      "/openapi.json",
      "/v1/jobs",
    ]
  ) await ask(path, 200);
  await ask("/nothing", 404);
  await ask("/v1/generate?prompt=a&steps=0", 400);
  await ask("/v1/generate?prompt=a&steps=2&previews=1", 200);
  const headers = { "content-type": "application/json" };
  const body = '{"prompt":"a red apple","steps":1,"seed":3}';
  await ask("/v1/generate", 200, { method: "POST", headers, body });
  // Looks for models, and loads the one that is given up for the next request.
  await ask("/sdapi/v1/refresh-checkpoints", 200, { method: "POST" });
  await ask("/v2/repository/models/emoji-128/unload", 200, { method: "POST" });
  const { id } = json(await ask("/v1/jobs", 202, { method: "POST", headers, body }));
  await ask(`/v1/jobs/${id}/events`, 200);
  expect(json(await ask(`/v1/jobs/${id}`, 200)).state).toBe("succeeded");
  await ask(`/v1/jobs/${id}/image`, 200);
}

function matches(granted: string, name: string): boolean {
  return granted.endsWith("*") ? name.startsWith(granted.slice(0, -1)) : name === granted;
}

function pathOf(value: string, folder: string): string {
  return value.startsWith("file:") ? fileURLToPath(value) : value.startsWith("/") ? value : join(folder, value);
}
