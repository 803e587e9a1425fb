import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { FakeWorld } from "./fakes/fake_world.ts";

const KEY = "latentd_0123456789abcdef";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("the log of latentd serve", () => {
  let world: FakeWorld;
  let exit: Promise<number>;
  let url: string;
  beforeEach(() => {
    world = new FakeWorld();
    world.variables["LATENTD_API_KEY"] = KEY;
  });
  afterEach(async () => {
    world.interrupt.abort(new Error("Interrupted"));
    await exit;
  });

  async function start(...args: readonly string[]): Promise<void> {
    exit = world.run("serve", "--port", "0", ...args);
    while (!world.stderr.text.includes("ready:")) await new Promise((resolve) => setTimeout(resolve, 5));
    url = /listens on (\S+);/.exec(world.stderr.text)![1]!;
  }
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...init.headers };
    const answer = await fetch(`${url}${path}`, { ...init, headers });
    await answer.bytes();
    return answer;
  }
  const make = (prompt: string) =>
    ask("/v1/generate", {
      method: "POST",
      headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
      body: JSON.stringify({ prompt, width: 64, height: 64, steps: 2, count: 1 }),
    });
  /** Entries since the server is ready, once there are so many. */
  async function entries(count: number): Promise<Record<string, unknown>[]> {
    for (;;) {
      const all = world.stderr.text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
      const own = all.slice(all.findIndex(({ message }) => message.startsWith("ready:")) + 1);
      if (own.length >= count) return own;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it("tells of a job and its request, bound by their ids, and nothing of the prompt or the key", async () => {
    await start();
    const answer = await make("walrus");
    await ask("/v1/generate?prompt=walrus&width=64&height=64&steps=1");
    const [job, request, , second] = await entries(4);
    expect(job).toMatchObject({
      level: "info",
      message: "job succeeded",
      outcome: "succeeded",
      model: "emoji-128",
      size: "64x64",
      steps: 2,
      key: "default",
      request_id: answer.headers.get("x-request-id"),
      trace_id: TRACE,
      text_ms: 2,
      denoise_ms: 20,
      decode_ms: 3,
    });
    expect(request).toMatchObject({
      level: "info",
      message: "POST /v1/generate 200",
      method: "POST",
      route: "/v1/generate",
      status: 200,
      ms: expect.any(Number),
      bytes: expect.any(Number),
      key: "default",
      job: job!["job"],
      request_id: answer.headers.get("x-request-id"),
      trace_id: TRACE,
    });
    expect(second).toMatchObject({ message: "GET /v1/generate 200" });
    expect(world.stderr.text).not.toMatch(/walrus|0123456789abcdef/);
  });

  it("is quiet about probes and readers of metrics, but not about refusals", async () => {
    await start();
    for (const path of ["/livez", "/readyz", "/metrics"]) await ask(path);
    await ask("/metrics", { headers: { authorization: "" } });
    await ask("/v1/models");
    await ask("/v1/generate?prompt=x&steps=0");
    await ask(`/no%0Athing/${"x".repeat(500)}`);
    const told = await entries(4);
    expect(told).toMatchObject([
      { message: "GET /metrics 401", problem: "invalid_api_key" },
      { message: "GET /v1/models 200" },
      { message: "GET /v1/generate 400", problem: "out_of_range" },
      { status: 404 },
    ]);
    expect(told[3]!["path"]).toMatch(/^\/no\nthing\/x{190}$/); // one line of the log, for JSON escapes it
    expect(told[3]).not.toHaveProperty("route");
  });

  it("tells more where that is wanted: probes, and prompts on one line", async () => {
    await start("--log-level", "debug", "--log-prompts");
    await ask("/livez");
    await make('walrus\n{"level":"error"}');
    const told = await entries(3);
    expect(told.map(({ level, message }) => [level, message])).toEqual([
      ["debug", "GET /livez 200"],
      ["info", "job succeeded"],
      ["info", "POST /v1/generate 200"],
    ]);
    expect(told[1]!["prompt"]).toBe('"walrus\\n{\\"level\\":\\"error\\"}"');
  });
});
