import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openDatabase } from "../../pipeline/jobs/store/state_folder.ts";
import { FakeGenerate } from "../fakes/fake_generate.ts";
import { fakeJobs, submit } from "../fakes/fake_jobs.ts";
import { toldBy } from "../fakes/clients/read_events.ts";

const SERVER = fileURLToPath(new URL("../fakes/jobs_server.ts", import.meta.url));
const JOBS = 200;
const KILLS = 8;
const SEED = 20220619;

/** A server that is killed and started again; its clients only notice that connections break. */
class MortalServer implements AsyncDisposable {
  readonly #folder: string;
  #process: Deno.ChildProcess | undefined;
  #url = Promise.withResolvers<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    const args = ["run", "--allow-all", "--quiet", SERVER, this.#folder];
    this.#process = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
    const lines = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const line of lines) {
      this.#url.resolve(line.trim());
      return;
    }
    throw new Error("The server ended before it listened");
  }

  async kill(): Promise<void> {
    this.#url = Promise.withResolvers();
    const process = this.#process;
    this.#process = undefined;
    process?.kill("SIGKILL");
    await process?.status;
  }

  /** Sends a request as often as it takes to get an answer other than "not now". */
  async ask(path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly text: string }> {
    while (true) {
      try {
        const answer = await fetch(`${await this.#url.promise}${path}`, init);
        const text = await answer.text();
        if (answer.status !== 429) return { status: answer.status, text };
        await pause(10);
      } catch {
        await pause(10); // the server was killed meanwhile
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

describe("jobs in chaos", () => {
  let folder: string;

  beforeEach(() => {
    folder = Deno.makeTempDirSync();
  });
  afterEach(() => Deno.removeSync(folder, { recursive: true }));

  it(`${JOBS} jobs and ${KILLS} kills: nothing lost, nothing twice, the same pictures`, async () => {
    const random = randomBy(SEED);
    await using server = new MortalServer(folder);
    const kills = (async () => {
      await server.start();
      for (let i = 0; i < KILLS; i++) {
        // A job that is killed three times is given up, so the one that was killed last gets its chance.
        const begun = runsIn(folder).length;
        while (runsIn(folder).length < begun + 2) await pause(5);
        await pause(100 * random());
        await server.kill();
        await server.start();
      }
    })();

    const canceled = new Set<number>();
    const submitAll = async (from: number) => {
      for (let i = from; i < JOBS; i += 4) {
        const body = JSON.stringify({ prompt: "x", seed: i, steps: 3 + i % 5, width: 64, height: 64 });
        const headers = { "content-type": "application/json" };
        const { status } = await server.ask(`/v1/jobs/job-${i}`, { method: "PUT", headers, body });
        expect([200, 202]).toContain(status);
        if (i % 10 !== 3) continue;
        const { status: end } = await server.ask(`/v1/jobs/job-${i}`, { method: "DELETE" });
        expect([200, 409]).toContain(end);
        if (end === 200) canceled.add(i);
      }
    };
    await Promise.all([0, 1, 2, 3].map(submitAll));
    await kills;

    let retried = 0;
    for (let i = 0; i < JOBS; i++) {
      const events = toldBy((await server.ask(`/v1/jobs/job-${i}/events`)).text);
      expect(events.filter(({ event }) => event === "end")).toHaveLength(1);
      const { state, error } = JSON.parse((await server.ask(`/v1/jobs/job-${i}`)).text);
      expect([i, state, error]).toEqual([i, canceled.has(i) ? "canceled" : "succeeded", null]);
    }
    await server.kill();

    const expected = await picturesOf(JOBS);
    const runs = Object.groupBy(runsIn(folder), (seed) => seed);
    using database = openDatabase(join(folder, "jobs.sqlite"));
    const rows = database.prepare("SELECT id, runs, crashes, sha256 FROM jobs LEFT JOIN pictures ON job = row").all();
    expect(rows).toHaveLength(JOBS);
    for (const { id, crashes, sha256 } of rows) {
      const seed = Number(String(id).slice(4));
      if (canceled.has(seed)) continue;
      expect([id, sha256]).toEqual([id, expected[seed]]);
      // A job runs again only if the server was killed while it ran, or after it was marked and before it began.
      const count = runs[seed]!.length;
      expect([id, count]).toEqual([id, Math.min(count, 1 + Number(crashes))]);
      retried += Number(crashes);
      expect(Deno.statSync(join(folder, "pictures", `${sha256}.png`)).isFile).toBe(true);
    }
    console.log(`${canceled.size} canceled, ${retried} begun again after a kill`);
  });
});

/** The SHA-256 of each picture, as a server makes it that nobody kills. */
async function picturesOf(count: number): Promise<readonly string[]> {
  const jobs = fakeJobs(new FakeGenerate().generate, { limit: count });
  const ids = Array.from(
    { length: count },
    (_, seed) =>
      submit(jobs, {
        seed,
        steps: 3 + seed % 5,
        width: 64,
        height: 64,
        negative_prompt: "",
        guidance: 4,
        eta: 0,
        rng: "torch",
        scheduler: "ddim",
        emphasis: true,
      }).id,
  );
  await jobs.quiet();
  return ids.map((id) => jobs.get(id)!.pictures[0]!.sha256);
}

/** The seeds of the jobs that were begun, in order. */
function runsIn(folder: string): readonly string[] {
  try {
    return Deno.readTextFileSync(join(folder, "runs.log")).trim().split("\n");
  } catch {
    return []; // the first has not begun
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Mulberry32, so that a failing run can be repeated. */
function randomBy(state: number): () => number {
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
}
