import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { MODELS, PoolClient, until } from "../../tests/fakes/clients/pool_client.ts";
import { FilesChangedError } from "../../models/graphs/files_changed_error.ts";
import type { ModelPoolOptions } from "./pool_options.ts";
import { ModelChangedError, ModelTooLargeError, ModelUnavailableError } from "./pool_errors.ts";

describe("ModelPool", () => {
  let client: PoolClient;
  beforeEach(() => {
    client = new PoolClient();
  });

  it("loads what is asked for, once, also for requests that come together", async () => {
    expect(client.names).toEqual([]);
    expect(await Promise.all([client.make("a"), client.make("a"), client.make("b"), client.make("a")])).toEqual([
      1,
      1,
      1,
      1,
    ]);
    expect(client.generators.log).toEqual(["open a a1", "open b b1"]);
    expect(client.pool.loaded()).toEqual(["a", "b"].map((name) => ({
      model: MODELS.find((model) => model.name === name),
      state: "ready",
      bytes: 100,
      jobs: 0,
    })));
    expect([client.pool.isReady("a"), client.pool.isReady("c")]).toEqual([true, false]);
    const types = client.generators.events.map(({ type, model }) => `${type} ${model.name}`);
    expect(types.toSorted()).toEqual(["loaded a", "loaded b", "loading a", "loading b"]);
  });

  it("gives up what was not used for longest, and nothing that is in use", async () => {
    await client.make("a");
    await client.make("b");
    await client.make("a");
    await client.make("c");
    expect(client.generators.log).toEqual(["open a a1", "open b b1", "close b b1", "open c c1"]);
    const using = client.begin("a");
    await until(() => client.pool.loaded().some(({ jobs }) => jobs === 1));
    await client.make("b");
    expect(client.generators.log.slice(4)).toEqual(["close c c1", "open b b1"]);
    await using.end();
  });

  it("lets who needs room wait for it, and nobody who comes later pass", async () => {
    const [a, b] = [client.begin("a"), client.begin("b")];
    await until(() => client.pool.loaded().every(({ jobs }) => jobs === 1) && client.names.length === 2);
    const order: string[] = [];
    const waiting = ["c", "a", "b"].map((name) => client.make(name).then(() => order.push(name)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    expect(client.names).toEqual(["a", "b"]);
    await b.end();
    await until(() => order.length === 2);
    expect(order.toSorted()).toEqual(["a", "c"]);
    // b had to go for c, and comes again when c, that nobody uses, makes room.
    await Promise.all(waiting);
    await a.end();
    expect(client.generators.log).toEqual([
      "open a a1",
      "open b b1",
      "close b b1",
      "open c c1",
      "close c c1",
      "open b b1",
    ]);
  });

  it("lets who waits leave at once", async () => {
    const [a, b] = [client.begin("a"), client.begin("b")];
    await until(() => client.names.length === 2 && client.pool.loaded().every(({ jobs }) => jobs === 1));
    const abort = new AbortController();
    const waiting = client.make("c", 2, { signal: abort.signal });
    const behind = client.make("a");
    abort.abort(new Error("left"));
    await expect(waiting).rejects.toThrow("left");
    expect(await behind).toBe(1);
    await Promise.all([a.end(), b.end()]);
    expect(client.generators.log).toEqual(["open a a1", "open b b1"]);
    expect(client.pool.loaded().map(({ jobs }) => jobs)).toEqual([0, 0]);
  });

  it("refuses what never fits, with the figures", async () => {
    client = new PoolClient({ memory: 200e6, sizeOf: () => Promise.resolve(200_000_001) });
    const error = await client.make("a").catch((error) => error);
    expect(error).toBeInstanceOf(ModelTooLargeError);
    expect(error.message).toBe("model a takes 201 MB, but all loaded models together may take 200 MB");
    expect(client.generators.log).toEqual([]);
  });

  it("counts what a model is found to take once it is open, and lets others have the rest", async () => {
    const sizes = { whole: 150, "one at a time": 60 };
    const sizeOf: ModelPoolOptions["sizeOf"] = (_, __, plan = "whole") => Promise.resolve(sizes[plan]);
    client = new PoolClient({ memory: 210, sizeOf });
    client.generators.plan = "one at a time";
    const using = client.begin("a");
    await until(() => client.pool.loaded().some(({ bytes }) => bytes === 60));
    await client.make("b");
    await until(() => client.pool.loaded().every(({ bytes }) => bytes === 60));
    expect(client.names).toEqual(["a", "b"]);
    await using.end();
    expect(client.generators.log).toEqual(["open a a1", "open b b1"]);
  });

  it("opens a model anew, though its hash is the same, that cannot go on with its files", async () => {
    await client.make("a");
    client.generators.fake.failure = { after: 1, error: new FilesChangedError("File unet/model.onnx has changed") };
    for (let time = 0; time < 2; time++) await expect(client.make("a")).rejects.toThrow(FilesChangedError);
    expect(client.generators.events.filter(({ type }) => type === "failed").length).toBe(1);
    client.generators.fake.failure = undefined;
    await client.pool.load("a");
    await until(() => client.generators.log.length === 3);
    expect(client.generators.log).toEqual(["open a a1", "open a a1", "close a a1"]);
  });

  it("gives up what nobody uses for a while", async () => {
    client = new PoolClient({ idle: 20 });
    const using = client.begin("b");
    await client.make("a");
    await until(() => client.generators.log.includes("close a a1"));
    expect(client.names).toEqual(["b"]);
    expect(await client.make("a")).toBe(1);
    await using.end();
    await until(() => client.names.length === 0);
  });

  it("says why a model cannot be loaded, without paths, and tries again the next time", async () => {
    client.generators.obstacles.set("a", new Error("/models/a/unet/model.onnx has 3 bytes; see /srv/blobs/0a1b"));
    const error = await client.make("a").catch((error) => error);
    expect(error).toBeInstanceOf(ModelUnavailableError);
    expect(error.message).toBe("model a cannot be loaded: unet/model.onnx has 3 bytes; see 0a1b");
    client.generators.obstacles.clear();
    expect(await client.make("a")).toBe(1);
    expect(client.names).toEqual(["a"]);
  });

  it("refuses requests that were checked against other weights", async () => {
    expect(await client.make("a", 2, { modelHash: "a1" })).toBe(1);
    await expect(client.make("a", 2, { modelHash: "a0" })).rejects.toThrow(ModelChangedError);
    await expect(client.make("none")).rejects.toThrow(ModelChangedError);
  });

  it("closes all that is open in the end", async () => {
    await client.make("a");
    await client.make("b");
    await client.pool[Symbol.asyncDispose]();
    expect(client.generators.log.slice(2).toSorted()).toEqual(["close a a1", "close b b1"]);
  });
});
