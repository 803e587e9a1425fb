import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import type { Generate, GenerationEvent } from "./generation.ts";
import { JobQueue, QueueFullError } from "./queue.ts";
import type { GenerationRequest } from "./request/request.ts";

/** A device whose jobs are named by their prompts and go on one event at a time, when told. */
class ManualDevice {
  readonly log: string[] = [];
  #go = Promise.withResolvers<void>();

  readonly generate: Generate = (request, { signal }) => this.#run(request.prompt, signal);

  async *#run(name: string, signal: AbortSignal): AsyncGenerator<GenerationEvent> {
    this.log.push(`${name} starts`);
    try {
      for (let step = 1; step <= 2; step++) {
        await this.#go.promise;
        signal.throwIfAborted();
        yield { type: "step", images: [0], step, total: 2 };
      }
    } finally {
      this.log.push(`${name} ends`);
    }
  }

  /** Lets every job that waits for the device do one step. */
  async step(): Promise<void> {
    await settled();
    this.#go.resolve();
    this.#go = Promise.withResolvers();
    await settled();
  }
}

/** Lets everything happen that can happen without the device. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

describe("JobQueue", () => {
  let device: ManualDevice;
  let queue: JobQueue;

  beforeEach(() => {
    device = new ManualDevice();
    queue = new JobQueue(device.generate, 2);
  });

  async function run(prompt: string, signal = new AbortController().signal): Promise<number> {
    let events = 0;
    for await (const _ of queue.generate({ prompt } as GenerationRequest, { signal })) events++;
    return events;
  }

  it("runs one job at a time, in the order they came", async () => {
    const jobs = [run("a"), run("b"), run("c")];
    await settled();
    expect(device.log).toEqual(["a starts"]);
    for (let i = 0; i < 6; i++) await device.step();
    expect(await Promise.all(jobs)).toEqual([2, 2, 2]);
    expect(device.log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  it("refuses a job above the limit, and takes one again when there is room", async () => {
    const jobs = [run("a"), run("b"), run("c")];
    await expect(run("d")).rejects.toThrow(QueueFullError);
    await expect(run("e")).rejects.toThrow("Queue is full: 2 jobs wait already");
    await device.step();
    await device.step();
    jobs.push(run("f"));
    for (let i = 0; i < 6; i++) await device.step();
    expect(await Promise.all(jobs)).toEqual([2, 2, 2, 2]);
  });

  it("lets a waiting job go at once when it is aborted; its place is free", async () => {
    const stop = new AbortController();
    const jobs = [run("a"), run("c")];
    const gone = run("b", stop.signal);
    stop.abort(new Error("client went away"));
    await expect(gone).rejects.toThrow("client went away");
    jobs.push(run("d"));
    for (let i = 0; i < 6; i++) await device.step();
    expect(await Promise.all(jobs)).toEqual([2, 2, 2]);
    expect(device.log.filter((line) => line.startsWith("b"))).toEqual([]);
  });

  it("does not start a job that was aborted before it came", async () => {
    await expect(run("a", AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
    expect(device.log).toEqual([]);
    await queue.idle();
  });

  it("goes on after a job that failed, was aborted, or was left by its reader", async () => {
    const stop = new AbortController();
    const failed = expect(run("a", stop.signal)).rejects.toThrow("stop");
    const left = (async () => {
      const signal = new AbortController().signal;
      for await (const _ of queue.generate({ prompt: "b" } as GenerationRequest, { signal })) break;
    })();
    const last = run("c");
    stop.abort(new Error("stop"));
    for (let i = 0; i < 4; i++) await device.step();
    await failed;
    await left;
    expect(await last).toBe(2);
    expect(device.log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  it("tells when nothing runs or waits", async () => {
    await queue.idle();
    const jobs = [run("a"), run("b")];
    let idle = false;
    const waited = queue.idle().then(() => idle = true);
    for (let i = 0; i < 3; i++) await device.step();
    expect(idle).toBe(false);
    await device.step();
    await waited;
    await Promise.all(jobs);
  });
});
