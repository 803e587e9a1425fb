import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { type HttpServer, listen } from "../cli/http/http_server.ts";
import { createApp } from "../routes/app.ts";
import { FakeGenerators } from "./fakes/fake_generators.ts";
import { FakeGenerate } from "./fakes/fake_generate.ts";
import { fakeJobs } from "./fakes/fake_jobs.ts";
import { MODEL } from "./fakes/models.ts";
import { readParts } from "./fakes/clients/read_parts.ts";

const JSON_TYPE = { "content-type": "application/json" };

describe("HTTP API on a socket", () => {
  let fake: FakeGenerate;
  let server: HttpServer;
  let url: string;

  beforeEach(async () => {
    fake = new FakeGenerate();
    const jobs = fakeJobs(fake.generate, { limit: 1 });
    const app = createApp({
      jobs,
      models: [MODEL],
      pool: new FakeGenerators().pool({ models: [MODEL] }),
      version: "latentd",
      state: () => "ready",
    });
    server = await listen({ host: "127.0.0.1", port: 0 }, app.fetch);
    url = `http://127.0.0.1:${server.addr.port}`;
  });
  afterEach(() => server.shutdown());

  const post = (body: Record<string, unknown>, init: RequestInit = {}) =>
    fetch(`${url}/v1/generate`, {
      method: "POST",
      headers: { ...JSON_TYPE, ...init.headers as Record<string, string> },
      body: JSON.stringify({ prompt: "x", width: 64, height: 64, ...body }),
      ...init.signal && { signal: init.signal },
    });
  /** Waits for something that must come; the test runner's own limit ends the wait if it does not. */
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it("aborts within one step when the client goes away before the answer", async () => {
    fake.stepTime = 30;
    const client = new AbortController();
    const answer = post({ steps: 1000 }, { signal: client.signal });
    await until(() => fake.steps === 3);
    client.abort();
    await expect(answer).rejects.toThrow();
    await until(() => fake.aborted !== undefined);
    expect(fake.steps).toBeLessThanOrEqual(4);
  });

  it("aborts within one step when the client goes away between previews", async () => {
    fake.stepTime = 30;
    const answer = await post({ steps: 1000, previews: 100 }, { headers: { accept: "multipart/x-mixed-replace" } });
    const reader = answer.body!.getReader();
    await reader.read();
    await until(() => fake.steps === 12);
    await reader.cancel();
    await until(() => fake.aborted !== undefined);
    expect(fake.steps).toBeLessThanOrEqual(14);
  });

  it("aborts a job that still waits, and leaves the running one alone", async () => {
    fake.stepTime = 10;
    const first = post({ seed: 1, steps: 30 });
    await until(() => fake.requests.length === 1);
    const client = new AbortController();
    const second = post({ seed: 2 }, { signal: client.signal });
    await pause(50);
    client.abort();
    await expect(second).rejects.toThrow();
    expect((await first).headers.get("x-latentd-seed")).toBe("1");
    expect(fake.aborted).toBeUndefined();
    expect((await post({ seed: 3, steps: 1 })).headers.get("x-latentd-seed")).toBe("3");
    expect(fake.requests.map(({ seed }) => seed)).toEqual([1, 3]);
  });

  it("does not abort after success, on connections that stay open or are closed", async () => {
    let abortedAfter = 0;
    const signals: AbortSignal[] = [];
    const inner = fake.generate;
    const app = createApp({
      jobs: fakeJobs((request, options) => {
        signals.push(options.signal);
        options.signal.addEventListener("abort", () => abortedAfter++);
        return inner(request, options);
      }),
      models: [MODEL],
      pool: new FakeGenerators().pool({ models: [MODEL] }),
      version: "latentd",
      state: () => "ready",
    });
    await using other = await listen({ host: "127.0.0.1", port: 0 }, app.fetch);
    for (const accept of ["image/png", "application/json", "multipart/x-mixed-replace"]) {
      const body = JSON.stringify({ prompt: "x", width: 64, height: 64, steps: 2 });
      for (const connection of ["keep-alive", "close"]) {
        const headers = { ...JSON_TYPE, accept, connection };
        const answer = await fetch(`http://127.0.0.1:${other.addr.port}/v1/generate`, {
          method: "POST",
          headers,
          body,
        });
        expect(answer.status).toBe(200);
        await answer.bytes();
      }
    }
    await pause(50);
    expect(signals).toHaveLength(6);
    expect(abortedAfter).toBe(0);
    expect(fake.aborted).toBeUndefined();
  });

  it("answers 429 at once when the queue is full, with when to come back", async () => {
    fake.stepTime = 5;
    const running = post({ steps: 40 });
    await until(() => fake.requests.length === 1);
    const waiting = post({ steps: 1 });
    await pause(30);
    for (const accept of ["image/png", "multipart/x-mixed-replace"]) {
      const refused = await post({}, { headers: { accept } });
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.headers.get("x-should-retry")).toBe("true");
      expect(await refused.json()).toMatchObject({ error: { type: "rate_limit_error", code: "queue_full" } });
    }
    for (const answer of await Promise.all([running, waiting])) {
      expect((await answer.bytes()).length).toBeGreaterThan(0);
    }
  });

  it("sends each preview when it is made, with the headers that make Chromium show it", async () => {
    fake.stepTime = 20;
    const answer = await post({ steps: 10, previews: 1 }, { headers: { accept: "multipart/x-mixed-replace" } });
    const reader = answer.body!.getReader();
    let text = "";
    while (!/IEND.{4}\r\n--[\w-]+\r\ncontent-type: image\/png\r\n\r\n$/s.test(text)) {
      text += new TextDecoder("latin1").decode((await reader.read()).value);
    }
    expect(fake.steps).toBeLessThan(10);
    reader.releaseLock();
    await answer.body!.cancel();
  });

  it("cuts the connection when a job fails half way, so that it does not look finished", async () => {
    fake.failure = { after: 6, error: new Error("device lost") };
    const answer = await post({ steps: 10, previews: 4 }, { headers: { accept: "multipart/x-mixed-replace" } });
    expect(answer.status).toBe(200);
    await expect(readParts(answer)).rejects.toThrow();
  });

  it("does not let a slow reader hold the device", async () => {
    const slow = await post({ steps: 50, previews: 49, seed: 5 }, { headers: { accept: "multipart/x-mixed-replace" } });
    const other = await post({ seed: 6, steps: 1 });
    expect(other.headers.get("x-latentd-seed")).toBe("6");
    await other.bytes();
    const parts = await readParts(slow);
    expect(decode(parts.at(-1)!.body).data[2]).toBe(5);
  });

  describe("spoken to byte by byte", () => {
    async function raw(...lines: readonly string[]): Promise<string> {
      using socket = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
      const writer = socket.writable.getWriter();
      // The server may answer and close before it has taken everything.
      writer.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n")).catch(() => {});
      const reader = socket.readable.getReader();
      const { value } = await reader.read();
      return new TextDecoder().decode(value).split("\r\n")[0]!;
    }
    const length = 32_000_001;

    it("a second Host, an endless URL, a huge header: refused without a 5xx", async () => {
      expect(await raw("GET /livez HTTP/1.1", "Host: localhost")).toContain(" 200 ");
      expect(await raw("GET /livez HTTP/1.1", "Host: a", "Host: b")).toContain(" 400 ");
      expect(await raw(`GET /livez?${"x".repeat(70_000)} HTTP/1.1`, "Host: localhost")).toMatch(/ (400|414|431) /);
      expect(await raw("GET /livez HTTP/1.1", "Host: localhost", `X-Long: ${"x".repeat(1_000_000)}`)).toMatch(
        / (400|431) /,
      );
      const many = Array.from({ length: 10_000 }, (_, i) => `X-${i}: 1`);
      expect(await raw("GET /livez HTTP/1.1", "Host: localhost", ...many)).toMatch(/ (400|431) /);
    });

    it("a body that is too long by its Content-Length is refused before it has come", async () => {
      const head = ["POST /v1/generate HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
      expect(await raw(...head, `Content-Length: ${length}`)).toContain(" 413 ");
      expect(await raw(...head, "Content-Length: 5", "Content-Length: 6")).toContain(" 400 ");
    });
  });
});
