import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { watchBody } from "./watched_body.ts";

describe("watchBody", () => {
  let ends: number;
  let canceled: unknown;
  const onEnd = () => void ends++;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  beforeEach(() => {
    ends = 0;
    canceled = undefined;
  });

  const source = (...chunks: readonly Uint8Array<ArrayBuffer>[]) => {
    const rest = [...chunks];
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        const next = rest.shift();
        if (next) controller.enqueue(next);
        else controller.close();
      },
      cancel: (reason) => void (canceled = reason),
    }, { highWaterMark: 0 });
  };
  const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251);

  it("changes neither body nor status nor headers", async () => {
    const original = new Response(source(bytes(3), new Uint8Array(), bytes(200_000)), {
      status: 201,
      headers: { "x-test": "1" },
    });
    const watched = watchBody(original, 1000, onEnd);
    expect([watched.status, watched.headers.get("x-test"), ends]).toEqual([201, "1", 0]);
    expect(await watched.bytes()).toEqual(Uint8Array.from([...bytes(3), ...bytes(200_000)]));
    expect(ends).toBe(1);
  });

  it("ends at once where there is no body", () => {
    watchBody(new Response(null), 1000, onEnd);
    expect(ends).toBe(1);
  });

  it("cuts the body and its source when the reader takes nothing for too long", async () => {
    const reader = watchBody(new Response(source(bytes(10), bytes(10))), 20, onEnd).body!.getReader();
    await reader.read();
    expect(ends).toBe(0);
    await pause(100);
    expect([ends, (canceled as Error).name]).toEqual([1, "TimeoutError"]);
    await expect(reader.read()).rejects.toThrow("The reader took nothing for 0.02 s");
  });

  it("gives large pieces in small ones, so that a slow reader who reads goes on", async () => {
    const reader = watchBody(new Response(bytes(500_000)), 500, onEnd).body!.getReader();
    let length = 0;
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      length += piece.value.length;
      await pause(80);
    }
    expect([length, ends, canceled]).toEqual([500_000, 1, undefined]);
  });

  it("does not count the time that the source takes", async () => {
    const slow = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        await pause(80);
        controller.enqueue(bytes(1));
        controller.close();
      },
    });
    expect(await watchBody(new Response(slow), 20, onEnd).bytes()).toEqual(bytes(1));
  });

  it("ends when the reader leaves, and tells the source", async () => {
    const reader = watchBody(new Response(source(bytes(10), bytes(10))), 1000, onEnd).body!.getReader();
    await reader.read();
    await reader.cancel("gone");
    expect([ends, canceled]).toEqual([1, "gone"]);
  });

  it("ends when the source fails, and fails as it did", async () => {
    const failing = new ReadableStream({ pull: () => Promise.reject(new Error("Device was lost")) });
    await expect(watchBody(new Response(failing), 1000, onEnd).bytes()).rejects.toThrow("Device was lost");
    expect(ends).toBe(1);
  });
});
