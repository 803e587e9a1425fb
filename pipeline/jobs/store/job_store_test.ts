import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { bareJobs, smallRequest, submit } from "../../../tests/fakes/fake_jobs.ts";
import { FakeGenerate } from "../../../tests/fakes/fake_generate.ts";
import type { JobView } from "../job.ts";
import { StorageError } from "../job_errors.ts";
import type { Jobs } from "../jobs.ts";
import type { JobsOptions } from "../jobs_options.ts";
import { JobStore } from "./job_store.ts";
import { PictureFolder } from "./picture_files.ts";
import { openDatabase, openStateFolder } from "./state_folder.ts";

describe("state folder", () => {
  let folder: string;
  let store: JobStore;

  beforeEach(() => {
    folder = Deno.makeTempDirSync();
    store = openStateFolder(folder);
  });
  afterEach(() => {
    store[Symbol.dispose]();
    Deno.removeSync(folder, { recursive: true });
  });

  const names = () => [...Deno.readDirSync(join(folder, "pictures"))].map(({ name }) => name).sort();
  function start(options: Partial<JobsOptions> = {}): Jobs {
    const jobs = bareJobs(new FakeGenerate().generate, { store, ...options });
    jobs.start();
    return jobs;
  }
  async function finish(jobs: Jobs, seed: number, options = {}): Promise<JobView> {
    const { id } = submit(jobs, { seed }, options);
    await Array.fromAsync(jobs.events(id));
    return jobs.get(id)!;
  }
  /** What the database says that a job takes. */
  function sizeOf({ id }: JobView): number {
    store[Symbol.dispose]();
    const database = openDatabase(join(folder, "jobs.sqlite"));
    const row = database.prepare("SELECT size FROM jobs WHERE id = ?").get(id);
    database.close();
    store = openStateFolder(folder);
    return Number(row!["size"]);
  }
  function reopen(): void {
    store[Symbol.dispose]();
    store = openStateFolder(folder);
  }

  it("keeps jobs and pictures, each picture under its SHA-256", async () => {
    const job = await finish(start(), 7);
    reopen();
    const jobs = start();
    expect(jobs.get(job.id)).toEqual(job);
    const [picture] = job.pictures;
    const file = await jobs.read(picture!);
    expect(createHash("sha256").update(file).digest("hex")).toBe(picture!.sha256);
    expect(names()).toEqual([`${picture!.sha256}.png`]);
  });

  it("keeps a picture of several jobs once, as long as one of them is kept", async () => {
    const jobs = start();
    const [first, second] = [await finish(jobs, 7), await finish(jobs, 7)];
    expect(names()).toHaveLength(1);
    expect(jobs.forget(first.id)).toBe(true);
    expect(jobs.forget(first.id)).toBe(false);
    expect(await jobs.read(second.pictures[0]!)).toHaveLength(12);
    jobs.forget(second.id);
    expect(names()).toEqual([]);
  });

  it("forgets jobs some time after their end, but none that has not ended", async () => {
    const jobs = start({ keepTime: 0 });
    const { id } = await finish(jobs, 7);
    const waiting = submit(bareJobs(new FakeGenerate().generate, { store }), { seed: 8 }).id;
    await new Promise((resolve) => setTimeout(resolve, 2));
    jobs.sweep();
    expect([jobs.get(id), jobs.get(waiting)?.state]).toEqual([undefined, "queued"]);
    expect(names()).toEqual([]);
  });

  it("forgets those that ended first when they take too much room", async () => {
    const jobs = start();
    const ended: JobView[] = [];
    for (const seed of [1, 2, 3, 4]) ended.push(await finish(jobs, seed));
    const size = sizeOf(ended[0]!);
    const later = start({ keepBytes: 2.5 * size });
    expect(ended.map(({ id }) => later.get(id)?.state)).toEqual([undefined, undefined, "succeeded", "succeeded"]);
    expect(names()).toHaveLength(2);
    start({ keepBytes: 1 });
    expect(names()).toEqual([]);
  });

  it("removes what a crash left half-written", async () => {
    await finish(start(), 7);
    const [kept] = names();
    Deno.writeTextFileSync(join(folder, "pictures", "d9b1.part"), "half a pic");
    Deno.writeTextFileSync(join(folder, "pictures", `${"0".repeat(64)}.png`), "written, but not yet in the database");
    reopen();
    expect(names()).toEqual([kept]);
  });

  it("is used by one server at a time, and names itself to the second", () => {
    expect(() => openStateFolder(folder)).toThrow(`state folder ${folder} is in use by another server`);
    reopen();
  });

  it("refuses tables of another version", () => {
    store[Symbol.dispose]();
    const database = openDatabase(join(folder, "jobs.sqlite"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(() => openStateFolder(folder)).toThrow("it holds version 99 of the tables");
    Deno.removeSync(join(folder, "jobs.sqlite"));
    store = openStateFolder(folder);
  });

  it("refuses a path that is no folder", () => {
    const path = join(folder, "file");
    Deno.writeTextFileSync(path, "");
    expect(() => openStateFolder(path)).toThrow(`state folder ${path} cannot be used`);
  });

  it("fails a job whose picture cannot be written, and leaves nothing of it", async () => {
    const failures: unknown[] = [];
    const jobs = start({ onFailure: (error) => failures.push(error), explain: tellName });
    Deno.removeSync(join(folder, "pictures"), { recursive: true });
    const job = await finish(jobs, 7);
    expect(job).toMatchObject({ state: "failed", pictures: [], failure: { message: "StorageError" } });
    expect(failures).toEqual([expect.any(StorageError)]);
    Deno.mkdirSync(join(folder, "pictures"));
    expect((await finish(jobs, 7)).state).toBe("succeeded");
    expect(names()).toHaveLength(1);
  });

  it("takes no job when the disk is full, and goes on when there is room", async () => {
    store[Symbol.dispose]();
    const database = openDatabase(join(folder, "jobs.sqlite"));
    store = new JobStore(database, new PictureFolder(join(folder, "pictures")));
    const jobs = start();
    const { page_count } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${page_count}`);
    const fields = { latents: new Float32Array(10_000) };
    expect(() => submit(jobs, fields)).toThrow(StorageError);
    expect([jobs.active(), jobs.ended()]).toEqual([[], []]);
    database.exec(`PRAGMA max_page_count = ${page_count + 1000}`);
    expect((await finish(jobs, 7)).state).toBe("succeeded");
  });

  it("takes no job that it cannot remember, and tells of an end that it could not", async () => {
    const failures: unknown[] = [];
    const fake = new FakeGenerate();
    fake.stepTime = 5;
    const jobs = bareJobs(fake.generate, { store, onFailure: (error) => failures.push(error), explain: tellName });
    jobs.start();
    const { id } = submit(jobs, { seed: 7 });
    // From here on the database is closed, as a disk that went away is.
    store[Symbol.dispose]();
    expect(() => submit(jobs, { seed: 8 })).toThrow(StorageError);
    const { signal } = new AbortController();
    const waited = Array.fromAsync(jobs.generate(smallRequest(), { signal }));
    await Array.fromAsync(jobs.events(id));
    expect(jobs.get(id)).toMatchObject({ state: "failed", failure: { message: "StorageError" } });
    expect(failures.length).toBeGreaterThan(0);
    expect((await waited).at(-1)?.type).toBe("image");
    // What nobody could write down is begun again.
    store = openStateFolder(folder);
    expect((await finish(start(), 9)).state).toBe("succeeded");
    expect(start().get(id)?.state).toBe("succeeded");
  });
});

const tellName = (error: unknown) => ({ code: "storage_error", message: (error as Error).name });
