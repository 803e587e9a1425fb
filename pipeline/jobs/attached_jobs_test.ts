import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { bareJobs, smallRequest, submit } from "../../tests/fakes/fake_jobs.ts";
import { ManualDevice, settled } from "../../tests/fakes/manual_device.ts";
import type { JobOptions } from "./job.ts";
import { DeadlineExceededError, IdempotencyConflictError, JobCanceledError, QueueFullError } from "./job_errors.ts";
import type { Jobs } from "./jobs.ts";

describe("Jobs that are attached to their caller", () => {
  let device: ManualDevice;
  let jobs: Jobs;

  beforeEach(() => {
    device = new ManualDevice();
    jobs = bareJobs(device.generate, { limit: 2 });
    jobs.start();
  });

  /** Three events: two steps and a picture. */
  async function run(prompt: string, options: JobOptions & { signal?: AbortSignal } = {}): Promise<number> {
    let events = 0;
    const signal = new AbortController().signal;
    for await (const _ of jobs.generate(smallRequest({ prompt }), { signal, ...options })) events++;
    return events;
  }

  it("run one at a time, in the order they came", async () => {
    const all = [run("a"), run("b"), run("c")];
    await settled();
    expect(device.log).toEqual(["a starts"]);
    await device.step(9);
    expect(await Promise.all(all)).toEqual([3, 3, 3]);
    expect(device.log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  it("run several at a time where there are slots", async () => {
    jobs = bareJobs(device.generate, { slots: 2 });
    jobs.start();
    const all = [run("a"), run("b"), run("c")];
    await settled();
    expect(device.log).toEqual(["a starts", "b starts"]);
    await device.step(6);
    expect(await Promise.all(all)).toEqual([3, 3, 3]);
  });

  it("run as many at a time as the start says", async () => {
    jobs = bareJobs(device.generate);
    const all = [run("a"), run("b"), run("c")];
    jobs.start(2);
    await settled();
    expect(device.log).toEqual(["a starts", "b starts"]);
    await device.step(6);
    expect(await Promise.all(all)).toEqual([3, 3, 3]);
  });

  it("are refused above the limit with the queue's depth, and taken again when there is room", async () => {
    const all = [run("a"), run("b"), run("c")];
    await expect(run("d")).rejects.toThrow(QueueFullError);
    await expect(run("e")).rejects.toMatchObject({ depth: 2 });
    await device.step(3);
    all.push(run("f"));
    await device.step(9);
    expect(await Promise.all(all)).toEqual([3, 3, 3, 3]);
  });

  it("leave the line at once when aborted, and their place is free", async () => {
    const stop = new AbortController();
    const all = [run("a"), run("c")];
    const gone = run("b", { signal: stop.signal });
    await settled();
    stop.abort(new Error("client went away"));
    await expect(gone).rejects.toThrow("client went away");
    all.push(run("d"));
    await device.step(9);
    expect(await Promise.all(all)).toEqual([3, 3, 3]);
    expect(device.log.filter((line) => line.startsWith("b"))).toEqual([]);
  });

  it("do not come into being when aborted before", async () => {
    await expect(run("a", { signal: AbortSignal.abort(new Error("late")) })).rejects.toThrow("late");
    expect(device.log).toEqual([]);
    expect(jobs.active()).toEqual([]);
  });

  it("do not hold up others when they fail, are aborted, or are left by their readers", async () => {
    const stop = new AbortController();
    const failed = expect(run("a", { signal: stop.signal })).rejects.toThrow("stop");
    const left = (async () => {
      const signal = new AbortController().signal;
      for await (const _ of jobs.generate(smallRequest({ prompt: "b" }), { signal })) break;
    })();
    const last = run("c");
    await settled();
    stop.abort(new Error("stop"));
    await device.step(6);
    await failed;
    await left;
    expect(await last).toBe(3);
    expect(device.log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  it("are seen by their owner alone, with dialect, place and progress, and are gone at their end", async () => {
    const all = [run("a", { owner: "ann", dialect: "a1111", id: "task(1)" }), run("b", { owner: "ann" })];
    await device.step();
    expect(jobs.active("ann")).toMatchObject([
      { id: "task(1)", dialect: "a1111", attached: true, state: "running", progress: { step: 1, total: 2 } },
      { dialect: "native", state: "queued", position: 0, progress: undefined },
    ]);
    expect(jobs.get("task(1)", "ann")?.state).toBe("running");
    expect([jobs.active("bob"), jobs.get("task(1)", "bob"), jobs.cancel("task(1)", "bob")])
      .toEqual([[], undefined, undefined]);
    await device.step(5);
    await Promise.all(all);
    expect([jobs.active("ann"), jobs.ended("ann"), jobs.get("task(1)", "ann")]).toEqual([[], [], undefined]);
  });

  it("tell their caller of a cancel by another call, waiting or running", async () => {
    const running = expect(run("a", { id: "a" })).rejects.toThrow(JobCanceledError);
    const waiting = expect(run("b", { id: "b" })).rejects.toThrow(JobCanceledError);
    await device.step();
    expect(jobs.cancel("b")?.state).toBe("canceled");
    expect(jobs.cancel("a")?.state).toBe("canceled");
    await Promise.all([running, waiting]);
    await device.step();
    expect(device.log).toEqual(["a starts", "a ends"]);
  });

  it("expire at their deadline, waiting or running, and free the device within one step", async () => {
    const running = expect(run("a", { timeout: 20 })).rejects.toThrow(DeadlineExceededError);
    const waiting = expect(run("b", { timeout: 20 })).rejects.toThrow("did not end within 0.02 s");
    await Promise.all([running, waiting]);
    await device.step();
    expect(device.log).toEqual(["a starts", "a ends"]);
  });

  it("cannot share an id", async () => {
    const first = run("a", { id: "same" });
    await settled();
    await expect(run("b", { id: "same" })).rejects.toThrow(IdempotencyConflictError);
    expect(() => submit(jobs, {}, { id: "same" })).toThrow(IdempotencyConflictError);
    await device.step(3);
    expect(await first).toBe(3);
  });

  it("end at once with the server if they wait, and in their time if they run", async () => {
    const running = run("a");
    const waiting = expect(run("b")).rejects.toThrow("shutting down");
    await settled();
    let drained = false;
    const draining = jobs.drain(new Error("shutting down"), 60_000).then(() => drained = true);
    await waiting;
    await expect(run("c")).rejects.toThrow("shutting down");
    await device.step(2);
    expect(drained).toBe(false);
    await device.step();
    expect(await running).toBe(3);
    await draining;
  });

  it("are cut when the server may not wait longer", async () => {
    const running = expect(run("a")).rejects.toThrow("shutting down");
    await settled();
    const draining = jobs.drain(new Error("shutting down"), 0);
    await running;
    await device.step();
    await draining;
    expect(device.log).toEqual(["a starts", "a ends"]);
  });
});
