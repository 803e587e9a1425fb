import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { JobNews } from "./job.ts";
import { firstEvent, JobLog } from "./job_log.ts";

const step = (step: number): JobNews => ({ type: "step", images: [0], step, total: 3 });
const preview = (step: number): JobNews => ({
  type: "preview",
  images: [0],
  step,
  preview: { width: 1, height: 1, data: new Uint8Array(3) },
});
const END: JobNews = { type: "end", state: "succeeded", failure: undefined };
const told = async (log: JobLog, after: number) =>
  (await Array.fromAsync(log.read(after))).map((event) => "step" in event ? `${event.type} ${event.step}` : event.type);

describe("JobLog", () => {
  it("tells the past, then what is new, until it is closed", async () => {
    const log = new JobLog();
    log.add({ type: "queued", position: 0 });
    const reading = told(log, 0);
    log.add(step(1));
    await Promise.resolve();
    log.add(step(2));
    log.add(END);
    log.close();
    expect(await reading).toEqual(["queued", "step 1", "step 2", "end"]);
  });

  it("tells each reader only what comes after the number it knows", async () => {
    const log = new JobLog();
    for (const news of [step(1), step(2), step(3), END]) log.add(news);
    log.close();
    const ids = (await Array.fromAsync(log.read(0))).map(({ id }) => id);
    for (const [at, id] of ids.entries()) {
      expect((await Array.fromAsync(log.read(id))).map(({ id }) => id)).toEqual(ids.slice(at + 1));
    }
  });

  it("keeps only the newest preview, and at the end neither previews nor steps", async () => {
    const log = new JobLog();
    for (const news of [step(1), preview(1), step(2), preview(2), { type: "notice", message: "cut" } as const]) {
      log.add(news);
    }
    expect(log.endingWith(END)).toMatchObject([{ type: "notice" }, { type: "end" }]);
    log.close();
    expect(await told(log, 0)).toEqual(["step 1", "step 2", "preview 2", "notice"]);
  });

  it("numbers each part of a job's life above those before", () => {
    const parts = [0, 1, 2].flatMap((runs) => [firstEvent("waiting", runs), firstEvent("running", runs)]);
    expect(parts).toEqual(parts.toSorted((a, b) => a - b));
    expect(new Set(parts).size).toBe(6);
  });
});
