import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { MODELS, PoolClient, until } from "../../tests/fakes/clients/pool_client.ts";
import { MODEL } from "../../tests/fakes/models.ts";
import { ModelChangedError } from "./pool_errors.ts";

describe("ModelPool, told to load a model", () => {
  let client: PoolClient;
  /** What the files of a hold. */
  let files = MODELS[0]!;
  let wrong: Error | undefined;

  beforeEach(() => {
    [files, wrong] = [MODELS[0]!, undefined];
    client = new PoolClient({
      memory: 200,
      read: (model) => Promise.resolve(model.name === "a" ? files : model),
      check: () => wrong ? Promise.reject(wrong) : Promise.resolve(),
    });
  });

  it("does nothing more if it is loaded and its files are the same", async () => {
    expect((await client.pool.load("a"))!.model.name).toBe("a");
    await client.pool.load("a");
    expect(client.generators.log).toEqual(["open a a1"]);
    expect(await client.pool.load("none")).toBe(undefined);
  });

  it("opens what its files hold now before it gives up the other, on which jobs end", async () => {
    const running = client.begin("a");
    await until(() => client.generators.fake.steps > 0);
    files = { ...files, hash: "a2" };
    await client.pool.load("a");
    expect(client.generators.log).toEqual(["open a a1", "open a a2"]);
    expect(client.pool.models.map(({ hash }) => hash)).toEqual(["a2", "b1", "c1"]);
    expect(await client.make("a", 2, { modelHash: "a2" })).toBe(1);
    await expect(client.make("a", 2, { modelHash: "a1" })).rejects.toThrow(ModelChangedError);
    await running.end();
    await until(() => client.generators.log.length === 3);
    expect(client.generators.log).toEqual(["open a a1", "open a a2", "close a a1"]);
    expect(client.pool.loaded()).toMatchObject([{ model: { hash: "a2" }, jobs: 0 }]);
  });

  it("keeps what it has if that cannot be opened, or is damaged", async () => {
    await client.pool.load("a");
    files = { ...files, hash: "a2" };
    client.generators.obstacles.set("a", new Error("/models/a/unet/model.onnx is no graph"));
    await expect(client.pool.load("a")).rejects.toThrow("model a cannot be loaded: unet/model.onnx is no graph");
    client.generators.obstacles.clear();
    wrong = new Error("/models/a/unet/model.onnx has another sha256");
    await expect(client.pool.load("a")).rejects.toThrow("unet/model.onnx has another sha256");
    await until(() => client.pool.loaded().length === 1);
    expect(await client.make("a", 2, { modelHash: "a1" })).toBe(1);
    expect(client.generators.log).toEqual(["open a a1", "open a a2"]);
  });

  it("says so if both do not fit beside each other, and takes it once the other is unloaded", async () => {
    client = new PoolClient({ memory: 150, read: () => Promise.resolve(files) });
    await client.pool.load("a");
    files = { ...files, hash: "a2" };
    await expect(client.pool.load("a")).rejects.toThrow("and what is loaded of it takes 1 MB; unload it first");
    await client.pool.unload("a");
    await client.pool.load("a");
    expect(client.generators.log).toEqual(["open a a1", "close a a1", "open a a2"]);
  });

  it("finds models that were not there before", async () => {
    const found = [...MODELS, { ...MODEL, name: "d", hash: "d1" }];
    client = new PoolClient({ find: () => Promise.resolve(found) });
    expect((await client.pool.load("d"))!.model.hash).toBe("d1");
    expect(client.pool.models.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  });
});
