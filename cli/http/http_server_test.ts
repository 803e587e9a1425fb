import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { RawClient } from "../../tests/fakes/clients/raw_client.ts";
import { listen } from "./http_server.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("listen", () => {
  let client: RawClient;

  beforeEach(async () => {
    client = await RawClient.open({ headersTime: 300, requestTime: 300, idleTime: 300 });
  });
  afterEach(() => client[Symbol.asyncDispose]());

  it("tells when the client leaves, while it waits and while it reads, and not when all was delivered", async () => {
    const answer = Promise.withResolvers<Response>();
    client.handler = () => answer.promise;
    await client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 50);
    while (!client.signal.aborted) await pause(5);
    answer.resolve(new Response("late"));

    let canceled: unknown;
    client.handler = () => new Response(new ReadableStream({ cancel: (reason) => void (canceled = reason) }));
    await client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 50);
    while (canceled === undefined) await pause(5);

    client.handler = () => new Response("good");
    await (await fetch(client.url)).text();
    await client.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await pause(20);
    expect(client.signal.aborted).toBe(false);
  });

  it("takes the end of the client's side for leaving, though an answer that is ready still goes out", async () => {
    const sent = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const answer = Promise.withResolvers<Response>();
    for (const [next, expected] of [[() => new Response("good"), true], [() => answer.promise, false]] as const) {
      client.handler = next;
      using socket = await Deno.connect({ hostname: "127.0.0.1", port: client.port });
      await socket.write(sent);
      await socket.closeWrite();
      expect((await new Response(socket.readable).text()).includes("good")).toBe(expected);
    }
    expect(client.signal.aborted).toBe(true);
    answer.resolve(new Response("late"));
  });

  it("tells when a client leaves whose body came after its headers, by FIN and by RST", async () => {
    const leaves = {
      FIN: (socket: Socket) => void socket.end(),
      RST: (socket: Socket) => void socket.resetAndDestroy(),
    };
    for (const leave of Object.values(leaves)) {
      const answer = Promise.withResolvers<Response>();
      const read = Promise.withResolvers<void>();
      client.handler = async (request) => {
        await request.text();
        read.resolve();
        return answer.promise;
      };
      const socket = connect(client.port, "127.0.0.1");
      await once(socket, "connect");
      socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
      await pause(30);
      socket.write("hello");
      await read.promise;
      expect(client.signal.aborted).toBe(false);
      leave(socket);
      await once(client.signal, "abort");
      answer.resolve(new Response("late"));
    }
  });

  it("listens on IPv6, and on every address", async () => {
    for (const host of ["::1", "::"]) {
      await using six = await listen({ host, port: 0 }, () => new Response("six"));
      expect(six.addr.hostname).toBe(host);
      expect(await (await fetch(`http://[::1]:${six.addr.port}`)).text()).toBe("six");
    }
  });

  it("limits the time of headers, bodies and idle connections, but not that of work", async () => {
    for (const text of ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) {
      expect((await client.say(text, 5000)).isClosed).toBe(true);
    }
    client.handler = async (request) => new Response(await request.text());
    expect((await client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx", 5000)).isClosed).toBe(true);
    client.handler = async () => (await pause(1500), new Response("good"));
    expect(await (await fetch(client.url, { method: "POST", body: "x" })).text()).toBe("good");
  });

  it("survives bodies that nobody reads and clients that leave in the middle of them", async () => {
    for (const patience of [10, 1000]) {
      await client.say(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${"x".repeat(50_000)}`, patience);
    }
    expect(await (await fetch(client.url, { method: "POST", body: "x".repeat(1_000_000) })).text()).toBe("good");
    expect(await (await fetch(client.url)).text()).toBe("good");
  });

  it("ends when the answers under way have ended, and takes no others", async () => {
    client.handler = async () => (await pause(200), new Response("good"));
    const running = fetch(client.url);
    await pause(50);
    const ended = client.server.shutdown();
    await expect(fetch(client.url)).rejects.toThrow();
    expect(await (await running).text()).toBe("good");
    await ended;
  });

  it("ends though there are connections that are idle, or asked for nothing yet", async () => {
    const idle = await Promise.all([1, 2].map(() => Deno.connect({ hostname: "127.0.0.1", port: client.port })));
    await idle[0]!.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    await idle[0]!.read(new Uint8Array(1000));
    await Promise.all([client.server.shutdown(), client.server.shutdown()]);
    for (const socket of idle) socket.close();
  });

  it("tells why it cannot listen", async () => {
    await expect(listen({ host: "127.0.0.1", port: client.port }, client.handler)).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    // Deno says EINVAL where Node says EADDRNOTAVAIL.
    await expect(listen({ host: "192.0.2.1", port: 0 }, client.handler)).rejects.toMatchObject({
      code: expect.stringMatching(/^(EINVAL|EADDRNOTAVAIL)$/),
    });
    await expect(listen({ host: "none.invalid", port: 0 }, client.handler)).rejects.toMatchObject({
      code: "ENOTFOUND",
    });
  });
});
