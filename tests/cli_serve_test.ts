import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { toldBy } from "./fakes/clients/read_events.ts";
import { FakeWorld } from "./fakes/fake_world.ts";
import { MODEL } from "./fakes/models.ts";

describe("latentd serve", () => {
  let world: FakeWorld;
  let exit: Promise<number>;

  beforeEach(() => {
    world = new FakeWorld();
  });
  afterEach(async () => {
    world.interrupt.abort(new Error("Interrupted"));
    await exit;
  });

  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  async function start(...args: readonly string[]): Promise<string> {
    exit = world.run("serve", "--port", "0", ...args);
    await until(() => world.stderr.text.includes("ready:"));
    return /listens on (\S+);/.exec(world.stderr.text)![1]!;
  }
  const post = (url: string, body: Record<string, unknown> = {}) =>
    fetch(`${url}/v1/generate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt: "x", width: 64, height: 64, steps: 2, ...body }),
    });

  it("listens on the loopback address, tells where, and serves pictures", async () => {
    const url = await start("--device", "wasm", "--threads", "2");
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(world.opened).toMatchObject([{ model: MODEL, device: "wasm", threads: 2 }]);
    expect(world.stderr.text).toContain('"message":"ready: emoji-128 on wasm (2 threads)"');
    const answer = await post(url, { seed: 9 });
    expect([answer.status, answer.headers.get("x-latentd-seed")]).toEqual([200, "9"]);
    await answer.bytes();
  });

  it("refuses names that are not its own, unless they were allowed", async () => {
    const url = await start("--allowed-host", "My-Box.local");
    using client = Deno.createHttpClient({ allowHost: true });
    const status = async (host: string) => {
      const answer = await fetch(`${url}/livez`, { headers: { host }, client });
      await answer.bytes();
      return answer.status;
    };
    expect(await status("evil.example")).toBe(403);
    expect(await status("my-box.local:80")).toBe(200);
    expect(await status("localhost")).toBe(200);
  });

  it("takes any name on a public address, unless some were allowed", async () => {
    using client = Deno.createHttpClient({ allowHost: true });
    const url = (await start("--host", "0.0.0.0", "--allow-public")).replace("0.0.0.0", "127.0.0.1");
    const answer = await fetch(`${url}/livez`, { headers: { host: "box.example" }, client });
    await answer.bytes();
    expect(answer.status).toBe(200);
    world.interrupt.abort(new Error("Interrupted"));
    await exit;
    world = new FakeWorld();
    const guarded = await start("--host", "0.0.0.0", "--allow-public", "--allowed-host", "box.example");
    for (const [host, status] of [["box.example", 200], ["other.example", 403]] as const) {
      const answer = await fetch(`${guarded.replace("0.0.0.0", "127.0.0.1")}/livez`, { headers: { host }, client });
      await answer.bytes();
      expect(answer.status).toBe(status);
    }
  });

  it("answers while the model loads, but takes no work yet", async () => {
    const model = Promise.withResolvers<void>();
    const open = world.openGenerate;
    Object.assign(world, {
      openGenerate: async (...given: Parameters<typeof open>) => (await model.promise, open(...given)),
    });
    exit = world.run("serve", "--port", "0");
    await until(() => world.stderr.text.includes("listens on"));
    const url = /listens on (\S+);/.exec(world.stderr.text)![1]!;
    for (const [path, status] of [["livez", 200], ["readyz", 503], ["v1/models", 200]] as const) {
      const answer = await fetch(`${url}/${path}`);
      await answer.bytes();
      expect([path, answer.status]).toEqual([path, status]);
    }
    const early = await post(url);
    expect(await early.json()).toMatchObject({ status: 503, error: { code: "model_loading" } });
    model.resolve();
    await until(() => world.stderr.text.includes("ready:"));
    expect((await (await fetch(`${url}/readyz`)).json()).status).toBe("ready");
  });

  it("asked to end, finishes what was begun, refuses the rest, and exits with 0", async () => {
    const url = await start();
    world.fake.stepTime = 10;
    const running = post(url, { steps: 30, seed: 1 });
    await until(() => world.fake.steps > 0);
    const waiting = post(url, { steps: 2, seed: 2 });
    const kept = await fetch(`${url}/v1/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt: "x", steps: 2, width: 64, height: 64 }),
    });
    const { url: path } = await kept.json();
    const told = await fetch(`${url}${path}/events`);
    await until(() => world.fake.steps > 2);
    world.interrupt.abort(new Error("Interrupted"));
    await until(() => world.stderr.text.includes("finishing"));
    const late = await post(url);
    expect(await late.json()).toMatchObject({ status: 503, error: { code: "server_draining" } });
    expect((await (await fetch(`${url}/readyz`)).json()).error.code).toBe("server_draining");
    expect(await (await waiting).json()).toMatchObject({ status: 503, error: { code: "server_draining" } });
    const { status, body } = await running;
    expect(status).toBe(200);
    await new Response(body).bytes();
    // What is stored goes on at the next start; who listens to it is let go without an end.
    expect(toldBy(await told.text()).map(({ event }) => event)).toEqual(["queued"]);
    expect(await exit).toBe(0);
    expect(world.closed).toBe(1);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it("ends jobs that take longer than it may wait, and tells their clients", async () => {
    const url = await start("--drain", "0");
    world.fake.stepTime = 10;
    const running = post(url, { steps: 1000 });
    await until(() => world.fake.steps > 2);
    world.interrupt.abort(new Error("Interrupted"));
    expect(await (await running).json()).toMatchObject({ status: 503, error: { code: "server_draining" } });
    expect(await exit).toBe(0);
    expect(world.fake.steps).toBeLessThan(100);
  });

  it("logs its own failures with the request's id, and tells clients nothing of them", async () => {
    const url = await start();
    world.fake.failure = { after: 1, error: new Error("Device was lost") };
    const answer = await post(url);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("lost");
    const entries = world.stderr.text.trim().split("\n").map((line) => JSON.parse(line));
    const id = answer.headers.get("x-request-id");
    const own = entries.filter(({ request_id }) => request_id === id);
    expect(own.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "job failed"],
      ["error", `request ${id} failed`],
      ["warn", "POST /v1/generate 500"],
    ]);
    expect(own[1].cause).toMatch(/^Error: Device was lost\n +at /);
  });

  it("fails with 1 if the model cannot be opened or the port is taken", async () => {
    const url = await start();
    const other = new FakeWorld();
    expect(await other.run("serve", "--port", new URL(url).port)).toBe(1);
    expect(other.stderr.text).toContain("is taken; choose another by --port");
    other.obstacle = new Error("Device webgpu has no adapter");
    expect(await other.run("serve", "--port", "0")).toBe(1);
    expect(other.stderr.text).toContain("error: Device webgpu has no adapter\n");
  });
});
