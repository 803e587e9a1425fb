import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { readModelInfo } from "../models/model_info.ts";
import type { GenerationEvent } from "../pipeline/generation.ts";
import type { ModelEvent } from "../pipeline/model_pool/model_events.ts";
import { ModelPool } from "../pipeline/model_pool/model_pool.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";
import { DeviceLostError } from "../runtime/device_lost_error.ts";
import type { DeviceName } from "../runtime/device.ts";
import { openForTest } from "./devices/open_for_test.ts";

const INFO = await readModelInfo(fileURLToPath(new URL("models/tiny-sd", import.meta.url)));
const { request: REQUEST } = await readRequest({ prompt: "a", seed: 1, steps: 3 }, [INFO]);

for (const [device, order] of [["wasm", "die"], ["webgpu", "lose"]] as const) {
  if (device === "webgpu") {
    const here = await openForTest(device);
    if (!here) continue;
    await here[Symbol.asyncDispose]();
  }

  describe(`a lost device, ${device} by "${order}"`, () => {
    const { Worker } = globalThis;
    let workers: Worker[];
    let events: ModelEvent[];
    let pool: ModelPool;

    beforeEach(() => {
      workers = [];
      events = [];
      globalThis.Worker = class extends Worker {
        constructor(_: string | URL, options?: WorkerOptions) {
          super(new URL("devices/losing_worker.ts", import.meta.url), options);
          workers.push(this);
        }
      };
      pool = poolOn(device);
    });
    afterEach(async () => {
      await pool[Symbol.asyncDispose]();
      globalThis.Worker = Worker;
    });

    const poolOn = (device: DeviceName) =>
      new ModelPool({
        models: [INFO],
        open: (model) => openGenerate({ model, device, threads: 1 }),
        sizeOf: () => Promise.resolve(1),
        memory: 1,
        read: (model) => Promise.resolve(model),
        find: () => Promise.resolve([INFO]),
        check: () => Promise.resolve(),
        onEvent: (event) => events.push(event),
      });
    async function make(steps: number, onStep = () => {}): Promise<GenerationEvent["type"]> {
      let last: GenerationEvent | undefined;
      for await (last of pool.generate({ ...REQUEST, steps }, { signal: new AbortController().signal })) {
        if (last.type === "step") onStep();
      }
      return last!.type;
    }

    it("fails what runs on it once, and is opened again for the next", async () => {
      const told = () => workers.at(-1)!.postMessage(order);
      const running = [make(500, told), make(500)].map((job) => job.catch((error) => error));
      for (const error of await Promise.all(running)) expect(error).toBeInstanceOf(DeviceLostError);
      expect(await make(2)).toBe("image");
      expect(workers).toHaveLength(2);
      expect(events.map(({ type }) => type)).toEqual(["loading", "loaded", "lost", "loading", "loaded"]);
    });

    it("is noticed while nothing runs", async () => {
      await pool.load(INFO.name);
      workers[0]!.postMessage(order);
      while (events.filter(({ type }) => type === "loaded").length < 2) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(await make(2)).toBe("image");
      expect(workers).toHaveLength(2);
    });
  });
}
