import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { countBody } from "./count_body.ts";

describe("countBody", () => {
  const ends: [bytes: number, isWhole: boolean][] = [];
  const count = (body: BodyInit | null, init?: ResponseInit) => {
    ends.length = 0;
    return countBody(new Response(body, init), (...end) => ends.push(end));
  };
  const pieces = (...lengths: readonly number[]) =>
    ReadableStream.from(lengths.map((length) => new Uint8Array(length)));

  it("hands on what it counts, with status and headers", async () => {
    const response = count("päule", { status: 201, headers: { "x-a": "b" } });
    expect([response.status, response.headers.get("x-a")]).toEqual([201, "b"]);
    expect(ends).toEqual([]);
    expect(await response.text()).toBe("päule");
    expect(ends).toEqual([[6, true]]);
    await count(pieces(3, 100_000, 1)).bytes();
    expect(ends).toEqual([[100_004, true]]);
    count(null, { status: 204 });
    expect(ends).toEqual([[0, true]]);
  });

  it("tells of a reader who leaves, and cancels the source", async () => {
    let canceled: unknown;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: (reason) => void (canceled = reason),
    }, { highWaterMark: 0 });
    const reader = count(endless).body!.getReader();
    await reader.read();
    await reader.read();
    await reader.cancel("enough");
    expect([ends, canceled]).toEqual([[[20, false]], "enough"]);
  });

  it("tells of a source that fails", async () => {
    const failing = new ReadableStream({ pull: () => Promise.reject(new Error("Disk is gone")) });
    await expect(count(failing).bytes()).rejects.toThrow("Disk is gone");
    expect(ends).toEqual([[0, false]]);
  });
});
