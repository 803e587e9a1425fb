import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { findModels } from "../models/catalog.ts";
import type { GenerateOptions, GenerationEvent } from "../pipeline/generation.ts";
import { type Generator, openGenerator } from "../pipeline/generator.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";

const [INFO] = await findModels();
const { request: REQUEST } = await readRequest({ prompt: "red apple", seed: 7, steps: 4 }, [INFO!]);

describe("the inference worker", () => {
  let generator: Generator;
  before(async () => {
    generator = await openGenerate({ folder: INFO!.folder, device: "wasm", threads: 1 });
  });
  after(() => generator[Symbol.asyncDispose]());

  async function events(from: Generator, request = REQUEST, options: Partial<GenerateOptions> = {}) {
    const all: GenerationEvent[] = [];
    const signal = new AbortController().signal;
    for await (const event of from.generate(request, { signal, ...options })) all.push(event);
    return all;
  }

  it("tells what it has opened", () => {
    expect(generator.device.name).toBe("wasm");
    expect(generator.model).toEqual(INFO);
  });

  it("does what is done in this thread, previews included", async () => {
    // The same number of threads: this process has started the runtime in the worker only.
    await using here = await openGenerator({ folder: INFO!.folder, device: "wasm", threads: 1 });
    const [there, expected] = [
      await events(generator, REQUEST, { previewEvery: 2 }),
      await events(here, REQUEST, {
        previewEvery: 2,
      }),
    ];
    const untimed = (event: GenerationEvent) => event.type === "image" ? { ...event, timings: undefined } : event;
    expect(there.map(untimed)).toEqual(expected.map(untimed));
    expect(there.some((event) => event.type === "step" && event.preview)).toBe(true);
  });

  it("leaves this thread free", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const all = await events(generator, { ...REQUEST, steps: 20 });
    clearInterval(timer);
    // A thread that computed itself would see one tick between two steps at most.
    expect(ticks).toBeGreaterThan(2 * all.length);
  });

  it("stops a job within a step, with the caller's reason, and goes on with the next", async () => {
    const abort = new AbortController();
    const steps: number[] = [];
    const run = async () => {
      for await (const event of generator.generate({ ...REQUEST, steps: 500 }, { signal: abort.signal })) {
        if (event.type === "step") steps.push(event.step);
        if (steps.length === 2) abort.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(steps.length).toBeLessThan(5);
    expect((await events(generator)).at(-1)!.type).toBe("image");
  });

  it("stops a job whose events nobody takes any more", async () => {
    for await (
      const event of generator.generate({ ...REQUEST, steps: 1000 }, { signal: new AbortController().signal })
    ) {
      if (event.type === "step") break;
    }
    // Jobs wait for each other, so this would come after all 1000 steps.
    const start = performance.now();
    const all = await events(generator, { ...REQUEST, steps: 20 });
    const image = all.at(-1)!;
    if (image.type !== "image") throw new Error("The last event is no image");
    expect(performance.now() - start).toBeLessThan(20 * image.timings.denoise);
  });

  it("passes errors on", async () => {
    const broken = { ...REQUEST, scheduler: "none" as never };
    await expect(events(generator, broken)).rejects.toThrow("none");
  });

  it("says which folder cannot be opened", async () => {
    await expect(openGenerate({ folder: "/nowhere", device: "wasm", threads: 1 })).rejects.toThrow("/nowhere");
  });
});
