import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { Channel } from "./channel.ts";

describe("Channel", () => {
  it("hands over every value, those before and those after the reader came", async () => {
    const channel = new Channel<number>();
    channel.send(1);
    const reading = Array.fromAsync(channel);
    channel.send(2);
    await Promise.resolve();
    channel.send(3);
    channel.end();
    expect(await reading).toEqual([1, 2, 3]);
  });

  it("loses nothing that came before an error", async () => {
    const channel = new Channel<number>();
    channel.send(1);
    channel.send(2);
    channel.end(new Error("Device was lost"));
    channel.end(new Error("too late"));
    const seen: number[] = [];
    await expect((async () => {
      for await (const value of channel) seen.push(value);
    })()).rejects.toThrow("Device was lost");
    expect(seen).toEqual([1, 2]);
  });
});
