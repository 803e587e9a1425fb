import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { type HttpServer, listen } from "../../cli/http/http_server.ts";
import { FakeService } from "../fakes/fake_service.ts";
import { speak } from "../fakes/clients/raw_socket.ts";
import { GOOD } from "./bad_input.ts";

const GET = "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n";
const POST = "POST /v1/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
/** A second request, which must never be answered. */
const SMUGGLED = "GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What is refused before any route sees it: with 400, or 431 if it is too much, and the connection is closed. */
const REFUSED: readonly [row: number, what: string, bytes: string][] = [
  [1, "two Host headers", `GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n`],
  [20, "a URL of 64 KB", `GET /${"x".repeat(65_536)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`],
  [20, "a header of 1 MB", `${GET}X-Long: ${"x".repeat(1_000_000)}\r\n\r\n`],
  [20, "10,000 headers", `${GET}${Array.from({ length: 10_000 }, (_, i) => `X-${i}: 1\r\n`).join("")}\r\n`],
  [20, "a bare CR in a header", `${GET}X-Log: a\rINFO forged\r\n\r\n`],
  [20, "NUL in a header", `${GET}X-Log: a\0b\r\n\r\n`],
  [20, "NUL in the path", "GET /livez\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
  [20, "a line break in the path", "GET /livez\r\nX: HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
  [21, "CL and TE", `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  [21, "TE and CL", `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  [21, "two lengths", `${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{"a":${SMUGGLED}`],
  [21, "a length with a sign", `${POST}Content-Length: +24\r\n\r\n${GOOD}${SMUGGLED}`],
  [21, "a length that is too large a number", `${POST}Content-Length: 99999999999999999999\r\n\r\n${GOOD}${SMUGGLED}`],
  [21, "an unknown coding", `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  [21, "chunked that is not last", `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  [21, "lines that end with LF alone", `GET /livez HTTP/1.1\nHost: 127.0.0.1\n\n`],
  [21, "a folded header", `${GET}X-A: 1\r\n folded\r\n\r\n`],
  [21, "a space before the colon", `${POST}Content-Length : 24\r\n\r\n${GOOD}${SMUGGLED}`],
];

describe("bad inputs, on the wire", () => {
  let service: FakeService;
  let server: HttpServer;
  let port: number;

  const isAlive = async () => (await fetch(`http://127.0.0.1:${port}/livez`)).json();

  beforeEach(async () => {
    service = new FakeService();
    server = await listen({ host: "127.0.0.1", port: 0, headersTime: 400, requestTime: 400 }, service.app.fetch);
    port = server.addr.port;
  });
  afterEach(async () => {
    expect(await isAlive()).toEqual({ status: "alive" });
    expect([service.fake.requests, service.failures]).toEqual([[], []]);
    await server.shutdown();
  });

  for (const [row, what, bytes] of REFUSED) {
    it(`row ${row}: ${what}: 400 or 431, connection closed`, async () => {
      const { status, text, isClosed } = await speak(port, [bytes], 5000);
      // Who still sends when the server closes may lose its answer (RFC 9112, section 9.6).
      expect([400, 431, ...(bytes.length > 500_000 ? [0] : [])]).toContain(status);
      expect(isClosed).toBe(true);
      expect(text.match(/HTTP\/1\.1/g) ?? []).toHaveLength(status === 0 ? 0 : 1);
      expect(text).not.toContain("openapi");
    });
  }

  it("row 1: a missing Host: 400", async () => {
    expect((await speak(port, ["GET /livez HTTP/1.1\r\n\r\n"])).status).toBe(400);
    const { status, text } = await speak(port, ["GET /livez HTTP/1.0\r\n\r\n"]);
    expect(status).toBe(400);
    expect(text).toContain('"code":"invalid_host"');
  });

  it("row 1: an address in the request line does not stand for Host", async () => {
    const request = "GET http://127.0.0.1/livez HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    expect((await speak(port, [request])).status).toBe(403);
  });

  it("row 8: a body longer than it said: no second answer but 400, connection closed", async () => {
    const head = `${POST}Content-Length: 2\r\n\r\n`;
    const { text, isClosed } = await speak(port, [`${head}{}${"x".repeat(100)}\r\n\r\n`], 5000);
    expect([new Set(text.match(/HTTP\/1\.1 \d+/g)), isClosed]).toEqual([new Set(["HTTP/1.1 400"]), true]);
  });

  it("rows 8 and 22: a body shorter than it said, or a byte at a time: 408, connection closed", async () => {
    const chunk = `${GOOD.length.toString(16)}\r\n${GOOD}\r\n0\r\n\r\n`;
    const slow = [[`Content-Length: ${GOOD.length}`, GOOD], ["Transfer-Encoding: chunked", chunk]] as const;
    for (const [framing, body] of slow) {
      const { status, text, isClosed } = await speak(port, dripping(`${POST}${framing}\r\n\r\n`, body), 5000);
      expect([status, isClosed]).toEqual([408, true]);
      expect(text).toContain('"code":"request_timeout"');
    }
  });

  it("row 8: a body over the limit in chunks: 413, connection closed", async () => {
    const chunk = `1000\r\n${"x".repeat(0x1000)}\r\n`;
    const { status, isClosed } = await speak(
      port,
      [`${POST}Transfer-Encoding: chunked\r\n\r\n`, chunk.repeat(30)],
      5000,
    );
    expect([status, isClosed]).toEqual([413, true]);
  });

  it("row 8: chunks that are none: connection closed, no answer with 5xx", async () => {
    for (const chunk of ["zz\r\n", "-1\r\n", "fffffffffffffffff\r\n", "2\r\n{}X\r\n0\r\n\r\n"]) {
      const { status, isClosed } = await speak(
        port,
        [`${POST}Transfer-Encoding: chunked\r\n\r\n${chunk}${SMUGGLED}`],
        5000,
      );
      expect([chunk, status === 0 || status === 400, isClosed]).toEqual([chunk, true, true]);
    }
  });

  it("row 20: line breaks in a query stay one line of text", async () => {
    const { status, text } = await speak(port, [
      "GET /v1/generate?prompt=x&steps=%0d%0aINFO+forged HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ]);
    expect(status).toBe(400);
    expect(text).toContain('steps is \\"\\\\r\\\\nINFO forged\\"');
  });

  it("row 22: headers that never end, or never begin: closed in time", async () => {
    for (const parts of [[], dripping("GET /li", "x".repeat(100)), dripping(GET, "x".repeat(100))]) {
      const { status, isClosed } = await speak(port, parts, 5000);
      expect([status, isClosed]).toEqual([408, true]);
    }
  });

  it("row 22: 200 clients that never end their headers keep nobody else waiting", async () => {
    const slow = await Promise.all(
      Array.from({ length: 200 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
    );
    try {
      for (const socket of slow) await socket.write(new TextEncoder().encode("GET /livez HTTP/1.1\r\nHost: 127"));
      for (let i = 0; i < 20; i++) expect(await isAlive()).toEqual({ status: "alive" });
    } finally {
      for (const socket of slow) socket.close();
    }
  });
});

describe("bad inputs, slow readers", () => {
  it("row 22: who takes nothing of an answer is cut off, and what makes it is told", async () => {
    const service = new FakeService({ stall: 300 });
    const told = Promise.withResolvers<unknown>();
    let sent = 0;
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          sent++;
          controller.enqueue(new Uint8Array(65_536));
        },
        cancel: told.resolve,
      });
    service.app.get("/endless", () => new Response(endless(), { headers: { "content-type": "image/png" } }));
    await using server = await listen({ host: "127.0.0.1", port: 0 }, service.app.fetch);
    using socket = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    await socket.write(new TextEncoder().encode("GET /endless HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
    expect(await told.promise).toMatchObject({ name: "TimeoutError" });
    // What the system holds for a reader is some megabytes.
    expect(sent).toBeLessThan(1000);
    const { text, isClosed } = await rest(socket);
    expect([isClosed, text.endsWith("\r\n0\r\n\r\n")]).toEqual([true, false]);
  });
});

async function rest(socket: Deno.Conn): Promise<{ text: string; isClosed: boolean }> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  try {
    for (let length = await socket.read(buffer); length !== null; length = await socket.read(buffer)) {
      text = new TextDecoder("latin1").decode(buffer.subarray(0, length));
    }
  } catch (error) {
    expect(error).toBeInstanceOf(Deno.errors.ConnectionReset);
  }
  return { text, isClosed: true };
}

/** The head at once, the body at a byte every 20 ms. */
async function* dripping(head: string, body: string): AsyncGenerator<string> {
  yield head;
  for (const letter of body) {
    await pause(20);
    yield letter;
  }
}
