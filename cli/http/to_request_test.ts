import { Buffer } from "node:buffer";
import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { speak } from "../../tests/fakes/clients/raw_socket.ts";
import { type HttpHandler, type HttpServer, listen } from "./http_server.ts";

describe("toRequest", () => {
  let server: HttpServer;
  let url: string;
  let handler: HttpHandler;

  beforeEach(async () => {
    handler = () => new Response("good");
    server = await listen({ host: "127.0.0.1", port: 0, headersTime: 300 }, (request) => handler(request));
    url = `http://127.0.0.1:${server.addr.port}`;
  });
  afterEach(() => server.shutdown());

  const say = (text: string, patience?: number) => speak(server.addr.port, [text], patience);

  it("hands over method, address, headers and body, and hands back status, headers and body", async () => {
    handler = async (request) => {
      const { method, url, headers } = request;
      const told = {
        method,
        path: url.slice(url.indexOf("/", 7)),
        header: headers.get("x-test"),
        body: await request.text(),
      };
      return Response.json(told, { status: 201, headers: { "x-answer": "1" } });
    };
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const answer = await fetch(`${url}/a%2fb/ü?c=%20d`, { method, headers: { "x-test": "é, 2" }, body: "höhö" });
      expect([answer.status, answer.headers.get("x-answer")]).toEqual([201, "1"]);
      expect(await answer.json()).toEqual({ method, path: "/a%2fb/%C3%BC?c=%20d", header: "é, 2", body: "höhö" });
    }
    const get = await fetch(`${url}/x`);
    expect(await get.json()).toMatchObject({ method: "GET", path: "/x", body: "" });
  });

  it("takes megabytes in and out as they were", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    const large = Uint8Array.from({ length: 5_000_000 }, (_, i) => bytes[i % 65_521]!);
    handler = (request) => new Response(request.body);
    const answer = await fetch(url, { method: "POST", body: large });
    expect(Buffer.compare(Buffer.from(await answer.bytes()), Buffer.from(large))).toBe(0);
  });

  it("hands over methods that Fetch forbids", async () => {
    handler = ({ method }) => new Response(`<${method}>`);
    expect((await say("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")).text).toContain("<TRACE>");
    expect(await say("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n")).toMatchObject({ text: "", isClosed: true });
  });

  it("takes the host from Host alone", async () => {
    handler = ({ url }) => new Response(url);
    for (
      const [line, expected] of [
        ["/x", "http://a/x"],
        ["http://evil.example/x?y", "http://a/x?y"],
        ["//evil.example/x", "http://a//evil.example/x"],
        ["http://evil.example", "http://a/"],
        ["/../x", "http://a/x"],
      ] as const
    ) {
      const { text } = await say(`GET ${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(text.split("\r\n\r\n")[1]).toContain(expected);
    }
  });

  it("refuses what is no request for a handler", async () => {
    for (
      const head of [
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
        "GET / HTTP/1.1\r\nHost: a, b\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n",
        "GET /\r\nHost: a\r\n",
        "PRI * HTTP/2.0\r\n",
      ]
    ) {
      const { status, isClosed } = await say(`${head}\r\n`, 2000);
      expect([head, [400, 408].includes(status), isClosed]).toEqual([head, true, true]);
    }
  });

  it("lets a client that asks first send its body only if the handler reads it", async () => {
    const head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    handler = () => new Response(null, { status: 413 });
    expect(await say(head)).toMatchObject({ status: 413, isClosed: true });
    handler = async (request) => new Response(await request.text());
    const { text } = await say(`${head}hi`);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 100", "HTTP/1.1 200"]);
  });
});
