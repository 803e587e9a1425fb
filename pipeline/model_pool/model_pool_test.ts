import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { smallRequest } from "../../tests/fakes/fake_jobs.ts";
import { FakeGenerators } from "../../tests/fakes/fake_generators.ts";
import { MODEL } from "../../tests/fakes/models.ts";
import { DeviceLostError } from "../../runtime/device_lost_error.ts";
import type { GenerateOptions } from "../generation.ts";
import { FilesChangedError } from "../../models/graphs/files_changed_error.ts";
import type { ModelPool } from "./model_pool.ts";
import type { ModelPoolOptions } from "./pool_options.ts";
import { ModelChangedError, ModelTooLargeError, ModelUnavailableError } from "./pool_errors.ts";

const MODELS = ["a", "b", "c"].map((name) => ({ ...MODEL, name, folder: `/models/${name}`, hash: `${name}1` }));
const NEVER = new AbortController().signal;

describe("ModelPool", () => {
  let generators: FakeGenerators;
  let pool: ModelPool;

  beforeEach(() => {
    generators = new FakeGenerators();
    pool = generators.pool({ models: MODELS, memory: 200 });
  });

  /** Makes a picture and gives its size. */
  async function make(model: string, steps = 2, options: Partial<GenerateOptions> = {}): Promise<number> {
    let pictures = 0;
    const request = smallRequest({ model, steps });
    for await (const { type } of pool.generate(request, { signal: NEVER, ...options })) {
      pictures += Number(type === "image");
    }
    return pictures;
  }
  /** A job that goes on until it is told to end. */
  function begin(model: string) {
    const abort = new AbortController();
    generators.fake.stepTime = 1;
    const ended = make(model, 100_000, { signal: abort.signal }).catch((error) => error);
    return { ended, end: () => (abort.abort(new Error("enough")), ended) };
  }
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const namesOf = () => pool.loaded().map(({ model }) => model.name);

  it("loads what is asked for, once, also for requests that come together", async () => {
    expect(namesOf()).toEqual([]);
    expect(await Promise.all([make("a"), make("a"), make("b"), make("a")])).toEqual([1, 1, 1, 1]);
    expect(generators.log).toEqual(["open a a1", "open b b1"]);
    expect(pool.loaded()).toEqual(["a", "b"].map((name) => ({
      model: MODELS.find((model) => model.name === name),
      state: "ready",
      bytes: 100,
      jobs: 0,
    })));
    expect([pool.isReady("a"), pool.isReady("c")]).toEqual([true, false]);
    const types = generators.events.map(({ type, model }) => `${type} ${model.name}`);
    expect(types.toSorted()).toEqual(["loaded a", "loaded b", "loading a", "loading b"]);
  });

  it("gives up what was not used for longest, and nothing that is in use", async () => {
    await make("a");
    await make("b");
    await make("a");
    await make("c");
    expect(generators.log).toEqual(["open a a1", "open b b1", "close b b1", "open c c1"]);
    const using = begin("a");
    await until(() => pool.loaded().some(({ jobs }) => jobs === 1));
    await make("b");
    expect(generators.log.slice(4)).toEqual(["close c c1", "open b b1"]);
    await using.end();
  });

  it("lets who needs room wait for it, and nobody who comes later pass", async () => {
    const [a, b] = [begin("a"), begin("b")];
    await until(() => pool.loaded().every(({ jobs }) => jobs === 1) && namesOf().length === 2);
    const order: string[] = [];
    const waiting = ["c", "a", "b"].map((name) => make(name).then(() => order.push(name)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    expect(namesOf()).toEqual(["a", "b"]);
    await b.end();
    await until(() => order.length === 2);
    expect(order.toSorted()).toEqual(["a", "c"]);
    // b had to go for c, and comes again when c, that nobody uses, makes room.
    await Promise.all(waiting);
    await a.end();
    expect(generators.log).toEqual(["open a a1", "open b b1", "close b b1", "open c c1", "close c c1", "open b b1"]);
  });

  it("lets who waits leave at once", async () => {
    const [a, b] = [begin("a"), begin("b")];
    await until(() => namesOf().length === 2 && pool.loaded().every(({ jobs }) => jobs === 1));
    const abort = new AbortController();
    const waiting = make("c", 2, { signal: abort.signal });
    const behind = make("a");
    abort.abort(new Error("left"));
    await expect(waiting).rejects.toThrow("left");
    expect(await behind).toBe(1);
    await Promise.all([a.end(), b.end()]);
    expect(generators.log).toEqual(["open a a1", "open b b1"]);
    expect(pool.loaded().map(({ jobs }) => jobs)).toEqual([0, 0]);
  });

  it("refuses what never fits, with the figures", async () => {
    pool = generators.pool({ models: MODELS, memory: 200e6, sizeOf: () => Promise.resolve(200_000_001) });
    const error = await make("a").catch((error) => error);
    expect(error).toBeInstanceOf(ModelTooLargeError);
    expect(error.message).toBe("model a takes 201 MB, but all loaded models together may take 200 MB");
    expect(generators.log).toEqual([]);
  });

  it("counts what a model is found to take once it is open, and lets others have the rest", async () => {
    const sizes = { whole: 150, "one at a time": 60 };
    const sizeOf: ModelPoolOptions["sizeOf"] = (_, __, plan = "whole") => Promise.resolve(sizes[plan]);
    generators.plan = "one at a time";
    pool = generators.pool({ models: MODELS, memory: 210, sizeOf });
    const using = begin("a");
    await until(() => pool.loaded().some(({ bytes }) => bytes === 60));
    await make("b");
    await until(() => pool.loaded().every(({ bytes }) => bytes === 60));
    expect(namesOf()).toEqual(["a", "b"]);
    await using.end();
    expect(generators.log).toEqual(["open a a1", "open b b1"]);
  });

  it("opens a model anew, though its hash is the same, that cannot go on with its files", async () => {
    await make("a");
    generators.fake.failure = { after: 1, error: new FilesChangedError("File unet/model.onnx has changed") };
    for (let time = 0; time < 2; time++) await expect(make("a")).rejects.toThrow(FilesChangedError);
    expect(generators.events.filter(({ type }) => type === "failed").length).toBe(1);
    generators.fake.failure = undefined;
    await pool.load("a");
    await until(() => generators.log.length === 3);
    expect(generators.log).toEqual(["open a a1", "open a a1", "close a a1"]);
  });

  it("gives up what nobody uses for a while", async () => {
    pool = generators.pool({ models: MODELS, idle: 20 });
    const using = begin("b");
    await make("a");
    await until(() => generators.log.includes("close a a1"));
    expect(namesOf()).toEqual(["b"]);
    expect(await make("a")).toBe(1);
    await using.end();
    await until(() => namesOf().length === 0);
  });

  it("says why a model cannot be loaded, without paths, and tries again the next time", async () => {
    generators.obstacles.set("a", new Error("/models/a/unet/model.onnx has 3 bytes; see /srv/blobs/0a1b"));
    const error = await make("a").catch((error) => error);
    expect(error).toBeInstanceOf(ModelUnavailableError);
    expect(error.message).toBe("model a cannot be loaded: unet/model.onnx has 3 bytes; see 0a1b");
    generators.obstacles.clear();
    expect(await make("a")).toBe(1);
    expect(namesOf()).toEqual(["a"]);
  });

  it("refuses requests that were checked against other weights", async () => {
    expect(await make("a", 2, { modelHash: "a1" })).toBe(1);
    await expect(make("a", 2, { modelHash: "a0" })).rejects.toThrow(ModelChangedError);
    await expect(make("none")).rejects.toThrow(ModelChangedError);
  });

  describe("told to load a model", () => {
    /** What the files of a hold. */
    let files = MODELS[0]!;
    let wrong: Error | undefined;

    beforeEach(() => {
      [files, wrong] = [MODELS[0]!, undefined];
      pool = generators.pool({
        models: MODELS,
        memory: 200,
        read: (model) => Promise.resolve(model.name === "a" ? files : model),
        check: () => wrong ? Promise.reject(wrong) : Promise.resolve(),
      });
    });

    it("does nothing more if it is loaded and its files are the same", async () => {
      expect((await pool.load("a"))!.model.name).toBe("a");
      await pool.load("a");
      expect(generators.log).toEqual(["open a a1"]);
      expect(await pool.load("none")).toBe(undefined);
    });

    it("opens what its files hold now before it gives up the other, on which jobs end", async () => {
      const running = begin("a");
      await until(() => generators.fake.steps > 0);
      files = { ...files, hash: "a2" };
      await pool.load("a");
      expect(generators.log).toEqual(["open a a1", "open a a2"]);
      expect(pool.models.map(({ hash }) => hash)).toEqual(["a2", "b1", "c1"]);
      expect(await make("a", 2, { modelHash: "a2" })).toBe(1);
      await expect(make("a", 2, { modelHash: "a1" })).rejects.toThrow(ModelChangedError);
      await running.end();
      await until(() => generators.log.length === 3);
      expect(generators.log).toEqual(["open a a1", "open a a2", "close a a1"]);
      expect(pool.loaded()).toMatchObject([{ model: { hash: "a2" }, jobs: 0 }]);
    });

    it("keeps what it has if that cannot be opened, or is damaged", async () => {
      await pool.load("a");
      files = { ...files, hash: "a2" };
      generators.obstacles.set("a", new Error("/models/a/unet/model.onnx is no graph"));
      await expect(pool.load("a")).rejects.toThrow("model a cannot be loaded: unet/model.onnx is no graph");
      generators.obstacles.clear();
      wrong = new Error("/models/a/unet/model.onnx has another sha256");
      await expect(pool.load("a")).rejects.toThrow("unet/model.onnx has another sha256");
      await until(() => pool.loaded().length === 1);
      expect(await make("a", 2, { modelHash: "a1" })).toBe(1);
      expect(generators.log).toEqual(["open a a1", "open a a2"]);
    });

    it("says so if both do not fit beside each other, and takes it once the other is unloaded", async () => {
      pool = generators.pool({ models: MODELS, memory: 150, read: () => Promise.resolve(files) });
      await pool.load("a");
      files = { ...files, hash: "a2" };
      await expect(pool.load("a")).rejects.toThrow("and what is loaded of it takes 1 MB; unload it first");
      await pool.unload("a");
      await pool.load("a");
      expect(generators.log).toEqual(["open a a1", "close a a1", "open a a2"]);
    });

    it("finds models that were not there before", async () => {
      const found = [...MODELS, { ...MODEL, name: "d", hash: "d1" }];
      pool = generators.pool({ models: MODELS, find: () => Promise.resolve(found) });
      expect((await pool.load("d"))!.model.hash).toBe("d1");
      expect(pool.models.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
    });
  });

  describe("when a device is lost", () => {
    it("opens it again by itself, and the next request works", async () => {
      await make("a");
      generators.lose("a");
      await until(() => pool.isLost);
      expect(pool.loaded()).toMatchObject([{ state: "lost" }]);
      expect(await make("a")).toBe(1);
      expect([pool.isLost, pool.isReady("a")]).toEqual([false, true]);
      expect(generators.log).toEqual(["open a a1", "close a a1", "open a a1"]);
      expect(generators.events.map(({ type }) => type)).toEqual(["loading", "loaded", "lost", "loading", "loaded"]);
    });

    it("tries as long as it takes, and what waits works then", async () => {
      await make("a");
      generators.obstacles.set("a", new Error("No adapter"));
      generators.lose("a");
      await until(() => generators.events.filter(({ type }) => type === "failed").length >= 3);
      expect(pool.isLost).toBe(true);
      const waiting = make("a");
      generators.obstacles.clear();
      expect(await waiting).toBe(1);
      expect(pool.isLost).toBe(false);
    });

    it("is not without one while another works, and forgets about one that is given up", async () => {
      await make("a");
      await make("b");
      generators.obstacles.set("a", new Error("No adapter"));
      generators.lose("a");
      await until(() => pool.loaded().some(({ state }) => state === "lost"));
      expect([pool.isLost, await make("b")]).toEqual([false, 1]);
      await make("c");
      expect(namesOf()).toEqual(["b", "c"]);
    });

    it("hands what was thrown to the jobs under way", async () => {
      generators.fake.failure = { after: 1, error: new DeviceLostError("It was unplugged") };
      await expect(make("a")).rejects.toThrow(DeviceLostError);
    });
  });

  it("closes all that is open in the end", async () => {
    await make("a");
    await make("b");
    await pool[Symbol.asyncDispose]();
    expect(generators.log.slice(2).toSorted()).toEqual(["close a a1", "close b b1"]);
  });
});
