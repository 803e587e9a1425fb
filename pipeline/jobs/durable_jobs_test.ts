import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { bareJobs, memoryStore, submit } from "../../tests/fakes/fake_jobs.ts";
import { DeviceLostError } from "../../runtime/device_lost_error.ts";
import { ManualDevice, settled } from "../../tests/fakes/manual_device.ts";
import { IdempotencyConflictError } from "./job_errors.ts";
import type { Jobs } from "./jobs.ts";

describe("Jobs that outlive their caller", () => {
  let device: ManualDevice;
  let jobs: Jobs;

  beforeEach(() => {
    device = new ManualDevice();
    jobs = bareJobs(device.generate, { limit: 2 });
    jobs.start();
  });

  const types = async (id: string, after = 0) =>
    (await Array.fromAsync(jobs.events(id, undefined, after))).map(({ type }) => type);

  it("go from queued over running to succeeded, with pictures and events that stay", async () => {
    const first = submit(jobs, { seed: 7, count: 2 });
    const { id } = submit(jobs, { seed: 9, count: 2, latents: new Float32Array(4) });
    expect(id).toMatch(/^[\w-]{22}$/);
    expect([first.state, jobs.get(id)?.state, jobs.get(id)?.position]).toEqual(["running", "queued", 0]);
    const live = types(id);
    await device.step(8);
    const job = jobs.get(id)!;
    expect(job).toMatchObject({ state: "succeeded", attached: false, position: undefined, failure: undefined });
    expect(job.request).toMatchObject({ seed: 9, count: 2 });
    expect(job.request).not.toHaveProperty("latents");
    expect(job.pictures.map(({ index, seed, bytes }) => [index, seed, bytes])).toEqual([[0, 9, 12], [1, 10, 12]]);
    expect((await jobs.read(job.pictures[1]!)).slice(0, 3)).toEqual(new Uint8Array([0, 0, 10]));
    expect(job.created).toBeLessThanOrEqual(job.started!);
    expect(job.started).toBeLessThanOrEqual(job.ended!);
    expect(await live).toEqual(["queued", "started", "step", "step", "image", "image", "end"]);
    expect(await types(id)).toEqual(["queued", "started", "image", "image", "end"]);
    expect(jobs.ended().map((job) => job.id)).toEqual([id, first.id]);
  });

  it("are joined by the same id or key, and refuse another request under it", async () => {
    const { id } = submit(jobs, { seed: 7 }, { id: "mine", key: "k" });
    expect(submit(jobs, { seed: 7 }, { id: "mine" }).id).toBe(id);
    expect(submit(jobs, { seed: 7 }, { key: "k" }).id).toBe(id);
    expect(() => submit(jobs, { seed: 8 }, { id: "mine" })).toThrow("id mine was used before for another request");
    expect(() => submit(jobs, { seed: 8 }, { key: "k" })).toThrow("idempotency-key k was used before");
    expect(submit(jobs, { seed: 8 }, { id: "mine", key: "k", owner: "other" }).state).toBe("queued");
    await device.step(6);
    expect(submit(jobs, { seed: 7 }, { key: "k" }).state).toBe("succeeded");
    expect(() => submit(jobs, { seed: 8 }, { key: "k" })).toThrow(IdempotencyConflictError);
    expect(device.log.filter((line) => line.endsWith("starts"))).toHaveLength(2);
  });

  it("are begun again when the device is lost under them, once", async () => {
    let losses = 0;
    jobs = bareJobs(async function* (request, options) {
      yield* device.generate(request, options);
      if (losses < Number(request.prompt)) throw new DeviceLostError(`It was unplugged ${++losses} times`);
    });
    jobs.start();
    const { id } = submit(jobs, { prompt: "1", seed: 7 });
    const live = types(id);
    await device.step(3);
    expect(jobs.get(id)).toMatchObject({ state: "running", progress: undefined, pictures: [] });
    await device.step(3);
    expect(jobs.get(id)).toMatchObject({ state: "succeeded", failure: undefined, pictures: [{ index: 0, seed: 7 }] });
    const run = ["queued", "started", "step", "step", "image"];
    expect(await live).toEqual([...run, ...run, "end"]);

    losses = 0;
    const { id: other } = submit(jobs, { prompt: "3", seed: 8 });
    await device.step(6);
    expect(jobs.get(other)).toMatchObject({ state: "failed" });
    expect(losses).toBe(2);
  });

  it("run once for 50 submissions of the same key", async () => {
    const ids = Array.from({ length: 50 }, () => submit(jobs, { seed: 7 }, { key: "k" }).id);
    await device.step(3);
    expect(new Set(ids).size).toBe(1);
    expect(device.log).toEqual(["x starts", "x ends"]);
  });

  it("are canceled in each phase, once", async () => {
    for (const steps of [0, 1, 2, 3]) {
      const { id } = submit(jobs, { count: 2 });
      await settled();
      await device.step(steps);
      expect(jobs.cancel(id)?.state).toBe("canceled");
      expect(jobs.cancel(id)?.state).toBe("canceled");
      const job = jobs.get(id)!;
      await device.step();
      expect(jobs.get(id)).toEqual(job);
      expect(job.pictures).toHaveLength(Math.max(0, steps - 2));
      expect((await types(id)).at(-1)).toBe("end");
      expect(device.log.splice(0)).toEqual(["x starts", "x ends"]);
    }
    submit(jobs);
    const { id } = submit(jobs);
    expect(jobs.cancel(id)?.state).toBe("canceled");
    await device.step(3);
    expect(device.log).toEqual(["x starts", "x ends"]);
    const [done] = jobs.ended().filter(({ state }) => state === "succeeded");
    expect(jobs.cancel(done!.id)?.state).toBe("succeeded");
  });

  it("fail with what clients may know, and tell the log the rest", async () => {
    const failures: unknown[] = [];
    const broken = () => {
      throw new Error("Device was lost");
    };
    jobs = bareJobs(broken, {
      explain: () => ({ code: "internal_error", message: "It failed" }),
      onFailure: (error, id) => failures.push(`${id}: ${error}`),
    });
    jobs.start();
    const { id } = submit(jobs);
    await settled();
    expect(jobs.get(id)).toMatchObject({ state: "failed", failure: { code: "internal_error", message: "It failed" } });
    expect(failures).toEqual([`${id}: Error: Device was lost`]);
  });

  it("expire at their deadline or at the server's own", async () => {
    jobs = bareJobs(device.generate, { maxTime: 30 });
    jobs.start();
    const running = submit(jobs);
    const waiting = submit(jobs, {}, { timeout: 10 });
    expect([running, waiting].map(({ created, deadline }) => deadline - created)).toEqual([30, 10]);
    for (const { id } of [running, waiting]) {
      await Array.fromAsync(jobs.events(id)); // to its end
      expect(jobs.get(id)?.state).toBe("expired");
    }
    await device.step();
    expect(device.log).toEqual(["x starts", "x ends"]);
  });

  it("wait for the next start when the server ends, and begin again if they ran", async () => {
    const store = memoryStore();
    jobs = bareJobs(device.generate, { store });
    jobs.start();
    const ids = [submit(jobs, { seed: 3 }).id, submit(jobs, { seed: 4 }).id];
    await device.step();
    const seen = types(ids[0]!);
    const draining = jobs.drain(new Error("shutting down"), 0);
    expect(await seen).toEqual(["queued", "started", "step"]);
    await device.step();
    await draining;

    const next = bareJobs(device.generate, { store });
    expect(ids.map((id) => next.get(id)?.state)).toEqual(["queued", "queued"]);
    next.start();
    await device.step(6);
    expect(ids.map((id) => next.get(id)?.pictures[0]?.seed)).toEqual([3, 4]);
    const [last] = (await Array.fromAsync(jobs.events(ids[0]!))).slice(-1);
    const later = await Array.fromAsync(next.events(ids[0]!, undefined, last!.id));
    expect(later.map(({ type }) => type)).toEqual(["queued", "started", "image", "end"]);
  });

  it("begin again after a crash, twice; a third crash is the job's own fault", async () => {
    const store = memoryStore();
    const { id } = submit(bareJobs(device.generate, { store }));
    for (const crashes of [1, 2, 3]) {
      // What a killed process leaves: jobs in their states, and nobody who works on them.
      const killed = bareJobs(new ManualDevice().generate, { store });
      expect([crashes, killed.get(id)?.state]).toEqual([crashes, "queued"]);
      killed.start();
      expect(killed.get(id)?.state).toBe("running");
    }
    const next = bareJobs(device.generate, { store });
    expect(next.get(id)).toMatchObject({ state: "failed", failure: { code: "job_crashed" } });
    expect((await Array.fromAsync(next.events(id))).map(({ type }) => type)).toEqual(["end"]);
  });

  it("fail at the next start if their model is another by then, and expire if it is too late", async () => {
    const store = memoryStore();
    const before = bareJobs(device.generate, { store });
    const changed = submit(before).id;
    const late = submit(before, {}, { timeout: 10 }).id;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const next = bareJobs(device.generate, { store, hashOf: () => "another" });
    expect(next.get(changed)).toMatchObject({ state: "failed", failure: { code: "model_changed" } });
    expect(next.get(late)?.state).toBe("expired");
  });
});
