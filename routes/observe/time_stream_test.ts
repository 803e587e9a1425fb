import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { timeStream } from "./time_stream.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("timeStream", () => {
  const slow = (fail = false) => {
    let left = 3;
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        await pause(10);
        if (left-- > 0) return controller.enqueue(new Uint8Array(5));
        if (fail) throw new Error("Disk is gone");
        controller.close();
      },
    }, { highWaterMark: 0 });
  };

  it("adds up the time of the source alone, and tells once", async () => {
    const told: number[] = [];
    let bytes = 0;
    const start = performance.now();
    for await (const piece of timeStream(slow(), () => (time) => told.push(time))) {
      bytes += piece.length;
      await pause(30);
    }
    const whole = performance.now() - start;
    expect([bytes, told.length]).toEqual([15, 1]);
    // Timers may come a little early; the reader's three pauses are not counted.
    expect(told[0]).toBeGreaterThan(4 * 10 - 4);
    expect(told[0]).toBeLessThan(whole - 3 * 30 + 3);
  });

  it("tells nothing of a file that was not finished", async () => {
    const told: number[] = [];
    const watch = () => (time: number) => told.push(time);
    await expect(new Response(timeStream(slow(true), watch)).bytes()).rejects.toThrow("Disk is gone");
    const reader = timeStream(slow(), watch).getReader();
    await reader.read();
    await reader.cancel();
    expect(told).toEqual([]);
  });
});
