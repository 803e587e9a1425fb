import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { findModels } from "../models/catalog.ts";
import type { Evaluation, GenerateOptions, GenerationEvent } from "../pipeline/generation.ts";
import { type Generator, openGenerator } from "../pipeline/generator.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";

const [INFO] = await findModels();
const { request: REQUEST } = await readRequest({ prompt: "red apple", seed: 7, steps: 4 }, [INFO!]);

const NEVER = new AbortController().signal;

describe("the inference worker", () => {
  let generator: Generator;
  before(async () => {
    generator = await openGenerate({ model: INFO!, device: "wasm", threads: 1 });
  });
  after(() => generator[Symbol.asyncDispose]());

  async function events(from: Generator, request = REQUEST, options: Partial<GenerateOptions> = {}) {
    const all: GenerationEvent[] = [];
    for await (const event of from.generate(request, { signal: NEVER, ...options })) all.push(event);
    return all;
  }

  it("tells what it has opened", () => {
    expect(generator.device.name).toBe("wasm");
    expect(generator.model).toEqual(INFO);
  });

  it("does what is done in this thread, previews included", async () => {
    // The same number of threads: this process has started the runtime in the worker only.
    await using here = await openGenerator({ model: INFO!, device: "wasm", threads: 1 });
    const [there, expected] = [
      await events(generator, REQUEST, { previewEvery: 2 }),
      await events(here, REQUEST, {
        previewEvery: 2,
      }),
    ];
    const untimed = (event: GenerationEvent) => event.type === "notice" ? event : { ...event, timings: undefined };
    expect(there.map(untimed)).toEqual(expected.map(untimed));
    expect(there.some((event) => event.type === "step" && event.preview)).toBe(true);
  });

  it("tells of every evaluation", async () => {
    const evaluations: Evaluation[] = [];
    await events(generator, REQUEST, { onEvaluation: (evaluation) => evaluations.push(evaluation) });
    const shapes = evaluations.map(({ requests, rows }) => ({ requests, rows }));
    expect(shapes).toEqual(Array(4).fill({ requests: 1, rows: 2 }));
    for (const { time } of evaluations) expect(time).toBeGreaterThan(0);
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

  it("works on several jobs at once, and makes the pictures that each has alone", async () => {
    const requests = [REQUEST, { ...REQUEST, prompt: "blue car", seed: 1, steps: 6 }];
    const alone: GenerationEvent[] = [];
    for (const request of requests) alone.push((await events(generator, request)).at(-1)!);
    const order: string[] = [];
    const together = await Promise.all(requests.map(async (request, job) => {
      let last: GenerationEvent | undefined;
      for await (last of generator.generate(request, { signal: NEVER })) order.push(`${last.type} of ${job}`);
      return last!;
    }));
    expect(order.indexOf("step of 1")).toBeLessThan(order.indexOf("image of 0"));
    together.forEach((event, job) => expect(difference(event, alone[job]!)).toBeLessThanOrEqual(1));
  });

  it("stops one of several jobs, and the others go on", async () => {
    const abort = new AbortController();
    const stopped = events(generator, { ...REQUEST, steps: 500 }, { signal: abort.signal });
    const others = [5, 6].map(async (steps) => {
      const all = await events(generator, { ...REQUEST, steps });
      abort.abort(new Error("enough"));
      return all.at(-1)!.type;
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(await Promise.all(others)).toEqual(["image", "image"]);
  });

  it("stops a job whose events nobody takes any more", async () => {
    const { postMessage } = Worker.prototype;
    const ended = Promise.withResolvers<unknown>();
    Worker.prototype.postMessage = function (this: Worker, message: unknown) {
      this.addEventListener("message", ({ data }) => data.type === "end" && ended.resolve(data));
      postMessage.call(this, message);
    };
    try {
      for await (const event of generator.generate({ ...REQUEST, steps: 1000 }, { signal: NEVER })) {
        if (event.type === "step") break;
      }
      expect(await ended.promise).toMatchObject({ type: "end", failure: { name: "AbortError" } });
    } finally {
      Worker.prototype.postMessage = postMessage;
    }
  });

  it("passes errors on", async () => {
    const broken = { ...REQUEST, scheduler: "none" as never };
    await expect(events(generator, broken)).rejects.toThrow("none");
  });

  it("says which folder cannot be opened", async () => {
    await expect(openGenerate({ model: { ...INFO!, folder: "/nowhere" }, device: "wasm", threads: 1 })).rejects.toThrow(
      "/nowhere",
    );
  });
});

/** The largest difference of two events' pictures, 0 … 255. */
function difference(a: GenerationEvent, b: GenerationEvent): number {
  if (a.type !== "image" || b.type !== "image") throw new Error("The last event is no image");
  return a.image.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.image.data[i]!)), 0);
}
