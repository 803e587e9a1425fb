import { Buffer } from "node:buffer";
import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { RawClient } from "../../tests/fakes/clients/raw_client.ts";

describe("toRequest", () => {
  let client: RawClient;

  beforeEach(async () => {
    client = await RawClient.open({ headersTime: 300 });
  });
  afterEach(() => client[Symbol.asyncDispose]());

  it("hands over method, address, headers and body, and hands back status, headers and body", async () => {
    client.handler = async (request) => {
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
      const answer = await fetch(`${client.url}/a%2fb/ü?c=%20d`, {
        method,
        headers: { "x-test": "é, 2" },
        body: "höhö",
      });
      expect([answer.status, answer.headers.get("x-answer")]).toEqual([201, "1"]);
      expect(await answer.json()).toEqual({ method, path: "/a%2fb/%C3%BC?c=%20d", header: "é, 2", body: "höhö" });
    }
    const get = await fetch(`${client.url}/x`);
    expect(await get.json()).toMatchObject({ method: "GET", path: "/x", body: "" });
  });

  it("takes megabytes in and out as they were", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    const large = Uint8Array.from({ length: 5_000_000 }, (_, i) => bytes[i % 65_521]!);
    client.handler = (request) => new Response(request.body);
    const answer = await fetch(client.url, { method: "POST", body: large });
    expect(Buffer.compare(Buffer.from(await answer.bytes()), Buffer.from(large))).toBe(0);
  });

  it("hands over methods that Fetch forbids", async () => {
    client.handler = ({ method }) => new Response(`<${method}>`);
    expect((await client.say("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")).text).toContain("<TRACE>");
    expect(await client.say("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n")).toMatchObject({ text: "", isClosed: true });
  });

  it("takes the host from Host alone", async () => {
    client.handler = ({ url }) => new Response(url);
    for (
      const [line, expected] of [
        ["/x", "http://a/x"],
        ["http://evil.example/x?y", "http://a/x?y"],
        ["//evil.example/x", "http://a//evil.example/x"],
        ["http://evil.example", "http://a/"],
        ["/../x", "http://a/x"],
      ] as const
    ) {
      const { text } = await client.say(`GET ${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
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
      const { status, isClosed } = await client.say(`${head}\r\n`, 2000);
      expect([head, [400, 408].includes(status), isClosed]).toEqual([head, true, true]);
    }
  });

  it("lets a client that asks first send its body only if the handler reads it", async () => {
    const head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    client.handler = () => new Response(null, { status: 413 });
    expect(await client.say(head)).toMatchObject({ status: 413, isClosed: true });
    client.handler = async (request) => new Response(await request.text());
    const { text } = await client.say(`${head}hi`);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 100", "HTTP/1.1 200"]);
  });
});
