import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { PoolClient, until } from "../../tests/fakes/clients/pool_client.ts";
import { DeviceLostError } from "../../runtime/device_lost_error.ts";

describe("ModelPool, when a device is lost", () => {
  let client: PoolClient;
  beforeEach(() => {
    client = new PoolClient();
  });

  it("opens it again by itself, and the next request works", async () => {
    await client.make("a");
    client.generators.lose("a");
    await until(() => client.pool.isLost);
    expect(client.pool.loaded()).toMatchObject([{ state: "lost" }]);
    expect(await client.make("a")).toBe(1);
    expect([client.pool.isLost, client.pool.isReady("a")]).toEqual([false, true]);
    expect(client.generators.log).toEqual(["open a a1", "close a a1", "open a a1"]);
    expect(client.generators.events.map(({ type }) => type)).toEqual([
      "loading",
      "loaded",
      "lost",
      "loading",
      "loaded",
    ]);
  });

  it("tries as long as it takes, and what waits works then", async () => {
    await client.make("a");
    client.generators.obstacles.set("a", new Error("No adapter"));
    client.generators.lose("a");
    await until(() => client.generators.events.filter(({ type }) => type === "failed").length >= 3);
    expect(client.pool.isLost).toBe(true);
    const waiting = client.make("a");
    client.generators.obstacles.clear();
    expect(await waiting).toBe(1);
    expect(client.pool.isLost).toBe(false);
  });

  it("is not without one while another works, and forgets about one that is given up", async () => {
    await client.make("a");
    await client.make("b");
    client.generators.obstacles.set("a", new Error("No adapter"));
    client.generators.lose("a");
    await until(() => client.pool.loaded().some(({ state }) => state === "lost"));
    expect([client.pool.isLost, await client.make("b")]).toEqual([false, 1]);
    await client.make("c");
    expect(client.names).toEqual(["b", "c"]);
  });

  it("hands what was thrown to the jobs under way", async () => {
    client.generators.fake.failure = { after: 1, error: new DeviceLostError("It was unplugged") };
    await expect(client.make("a")).rejects.toThrow(DeviceLostError);
  });
});
