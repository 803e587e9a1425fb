import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { RawClient } from "../../tests/fakes/clients/raw_client.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("sendResponse", () => {
  let client: RawClient;

  beforeEach(async () => {
    client = await RawClient.open({ headersTime: 300 });
  });
  afterEach(() => client[Symbol.asyncDispose]());

  it("tells the length of what is whole at once, and sends everything else as it comes", async () => {
    client.handler = () => Response.json({ status: "alive" });
    const whole = await client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(whole.text.toLowerCase()).toContain("\r\ncontent-length: 18\r\n");
    expect(whole.text.toLowerCase()).not.toContain("chunked");
    let go = Promise.withResolvers<void>();
    client.handler = () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            await go.promise;
            go = Promise.withResolvers();
            controller.enqueue(new TextEncoder().encode("data"));
          },
        }, { highWaterMark: 0 }),
      );
    const answer = await fetch(client.url);
    const reader = answer.body!.getReader();
    for (let i = 0; i < 3; i++) {
      go.resolve();
      expect(new TextDecoder().decode((await reader.read()).value)).toBe("data");
    }
    await reader.cancel();
  });

  it("sends no body to HEAD, and asks for none", async () => {
    let canceled = false;
    client.handler = () =>
      new Response(new ReadableStream({ cancel: () => void (canceled = true) }), { headers: { "x-answer": "1" } });
    const answer = await fetch(client.url, { method: "HEAD" });
    expect([answer.headers.get("x-answer"), await answer.text(), canceled]).toEqual(["1", "", true]);
  });

  it("answers requests that were sent at once, one after the other", async () => {
    client.handler = async (request) => {
      await pause(request.url.endsWith("1") ? 50 : 1);
      return new Response(`<${request.url.at(-1)}>`);
    };
    const { text } = await client.say([1, 2, 3].map((i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    expect(text.match(/<\d>/g)).toEqual(["<1>", "<2>", "<3>"]);
  });

  it("cuts the connection when a body fails half way", async () => {
    client.handler = () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode("half")),
          pull: async (controller) => (await pause(20), controller.error(new Error("Device was lost"))),
        }),
      );
    const { text, isClosed } = await client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 2000);
    expect([text.includes("half"), text.endsWith("0\r\n\r\n"), isClosed]).toEqual([true, false, true]);
    await expect(fetch(client.url).then((answer) => answer.text())).rejects.toThrow();
  });
});
