import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { hostNames } from "../cli/config/host_rules.ts";
import { FakeWorld } from "./fakes/fake_world.ts";

const KEY = "a-key-of-24-characters-x";

describe("latentd serve, who may ask and how much", () => {
  let world: FakeWorld;
  let exit: Promise<number>;
  let folder: string;

  beforeEach(async () => {
    world = new FakeWorld();
    folder = await Deno.makeTempDir();
  });
  afterEach(async () => {
    world.interrupt.abort(new Error("Interrupted"));
    await exit;
    await Deno.remove(folder, { recursive: true });
  });

  async function start(...args: readonly string[]): Promise<string> {
    exit = world.run("serve", "--port", "0", "--state", join(folder, "state"), ...args);
    while (!world.stderr.text.includes("ready:")) await new Promise((resolve) => setTimeout(resolve, 5));
    return /listens on (\S+);/.exec(world.stderr.text)![1]!.replace("0.0.0.0", "127.0.0.1");
  }
  const statusOf = async (url: string, init: RequestInit = {}) => {
    const answer = await fetch(url, init);
    await answer.bytes();
    return answer.status;
  };
  const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

  it("one key of the environment closes every route, and opens a public address", async () => {
    world.variables["LATENTD_API_KEY"] = KEY;
    const url = await start("--host", "0.0.0.0");
    expect(await statusOf(`${url}/livez`)).toBe(200);
    for (const path of ["/", "/v1/models", "/openapi.json", "/v1/generate?prompt=x&steps=1"]) {
      expect([path, await statusOf(url + path)]).toEqual([path, 401]);
      expect([path, await statusOf(url + path, bearer(`${KEY}.`))]).toEqual([path, 401]);
      expect([path, await statusOf(url + path, bearer(KEY))]).toEqual([path, 200]);
    }
    expect(world.stderr.text).not.toContain(KEY);
  });

  it("keys that are added while it runs are let in, with their limits; jobs are their owners' alone", async () => {
    const keysFile = join(folder, "keys.json");
    const add = async (name: string, ...limits: readonly string[]) => {
      const other = new FakeWorld();
      expect(await other.run("keys", "add", name, "--keys-file", keysFile, ...limits)).toBe(0);
      return other.stdout.text.trim();
    };
    const alice = await add("alice", "--requests-per-minute", "2");
    const url = await start("--keys-file", keysFile);
    const job = await fetch(`${url}/v1/jobs`, {
      method: "POST",
      headers: { ...bearer(alice).headers, "content-type": "application/json" },
      body: '{"prompt":"x","steps":1}',
    });
    const { url: place } = await job.json();
    expect([job.status, await statusOf(url + place, bearer(alice))]).toEqual([202, 200]);
    expect(await statusOf(`${url}/v1/generate?prompt=x&steps=1`, bearer(alice))).toBe(200);
    expect(await statusOf(`${url}/v1/generate?prompt=x&steps=1`, bearer(alice))).toBe(429);
    const bob = await add("bob");
    while (await statusOf(`${url}/v1/models`, bearer(bob)) !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await statusOf(url + place, bearer(bob))).toBe(404);
    expect(await statusOf(`${url}/v1/generate?prompt=x&steps=1`, bearer(bob))).toBe(200);
  });

  it("settings of the file hold: origins, body, work", async () => {
    const path = join(folder, "latentd.toml");
    const work = 64 * 64 * 3;
    await Deno.writeTextFile(path, `allowed-origin = ["https://app.example"]\nbody-limit = 1000\nmax-work = ${work}\n`);
    const url = await start("--config", path);
    const ask = (body: string, headers: Record<string, string> = {}) =>
      fetch(`${url}/v1/generate`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
    const good = '{"prompt":"x","steps":3,"width":64,"height":64}';
    const allowed = await ask(good, { origin: "https://app.example" });
    expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([200, "https://app.example"]);
    await allowed.bytes();
    for (
      const [body, headers, status, code] of [
        [good, { origin: "https://evil.example" }, 403, "origin_not_allowed"],
        [good.padEnd(1001), {}, 413, "payload_too_large"],
        [good.replace("3", "4"), {}, 400, "budget_exceeded"],
      ] as const
    ) {
      const refused = await ask(body, headers);
      expect([refused.status, (await refused.json()).error.code]).toEqual([status, code]);
    }
  });

  it("names by which it may be called are told once each", () => {
    const named = (host: string) => hostNames({ host, allowPublic: false, allowedHost: ["a.example"] }).hosts;
    expect(named("127.0.0.1")).toEqual(["localhost", "127.0.0.1", "[::1]", "a.example"]);
    expect(named("10.0.0.1")).toEqual(["localhost", "127.0.0.1", "[::1]", "10.0.0.1", "a.example"]);
  });
});
