import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { type HttpServer, listen } from "../../cli/http/http_server.ts";
import { FakeService } from "../fakes/fake_service.ts";
import { speak } from "../fakes/clients/raw_socket.ts";
import { GOOD } from "./bad_input.ts";

/** Always the same bytes. */
const SEED = 2026;
const SMUGGLED = "GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

const method = fc.constantFrom(
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PRI",
  "get",
  "\0",
  "",
);
const target = fc.constantFrom("/livez", "/v1/generate", "/v1/jobs", "*", "/%00", "/\\..", "http://a/livez", "//a", "");
const version = fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTTP/1.1 ", "");
const end = fc.constantFrom("\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n");
const header = fc.constantFrom(
  "Host: 127.0.0.1",
  "Host: evil.example",
  "Content-Type: application/json",
  `Content-Length: ${GOOD.length}`,
  "Content-Length: 5",
  "Content-Length: -1",
  "Content-Length: 0x10",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding:\tchunked",
  "Transfer-Encoding : chunked",
  " folded",
  "\tfolded",
  "Expect: 100-continue",
  "Connection: close",
  "Connection: upgrade\r\nUpgrade: websocket",
  "X: a\0b",
  "X",
  ": x",
);
const body = fc.oneof(
  fc.constantFrom("", GOOD, GOOD.slice(0, 9), SMUGGLED, `${GOOD}${SMUGGLED}`),
  fc.constantFrom(
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
    "7fffffff\r\nx",
    "-1\r\nx",
    "5;ext=\r\nhello\r\n0\r\n\r\n",
    "zz\r\n",
  ),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replace(/[^\0-\xff]/g, "\xff")),
);
const request = fc.tuple(method, target, version, fc.array(fc.tuple(header, end), { maxLength: 6 }), end, body)
  .map(([m, t, v, headers, last, rest]) => `${m} ${t} ${v}\r\n${headers.flat().join("")}${last}${rest}`);
/** What is sent, in pieces: whole, pipelined, cut off, or garbage before it. */
const pieces = fc.tuple(fc.array(request, { minLength: 1, maxLength: 3 }), fc.nat(200), fc.boolean())
  .map(([requests, cut, isCut]) => {
    const text = requests.join("");
    return isCut ? [text.slice(0, cut)] : [text.slice(0, cut), text.slice(cut)];
  });

describe("the listener, spoken to in broken HTTP", () => {
  let service: FakeService;
  let server: HttpServer;

  before(async () => {
    service = new FakeService({ limits: { bytes: 100_000, deadline: 200 } });
    const times = { headersTime: 200, requestTime: 200, idleTime: 200 };
    server = await listen({ host: "127.0.0.1", port: 0, ...times }, service.app.fetch);
  });
  after(() => server.shutdown());

  it("never answers with 5xx, always ends the connection, and goes on", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { minLength: 20, maxLength: 20 }), async (clients) => {
        await Promise.all(clients.map(async (parts) => {
          const { text, isClosed } = await speak(server.addr.port, parts, 10_000);
          expect([parts, text.match(/^HTTP\/1\.\d [56]\d\d/gm), isClosed]).toEqual([parts, null, true]);
        }));
        expect(await (await fetch(`http://127.0.0.1:${server.addr.port}/livez`)).json()).toEqual({ status: "alive" });
      }),
      { seed: SEED, numRuns: 10, endOnFailure: true },
    );
    expect(service.failures).toEqual([]);
  });
});
