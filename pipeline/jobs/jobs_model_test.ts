import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { bareJobs, memoryStore, smallRequest, submit } from "../../tests/fakes/fake_jobs.ts";
import { ManualDevice, settled } from "../../tests/fakes/manual_device.ts";
import type { JobState } from "./job.ts";
import { QueueFullError } from "./job_errors.ts";

const SLOTS = 2;
const LIMIT = 3;

/** What must have become of a job. */
interface Expected {
  readonly attached: boolean;
  readonly owner: string;
  state: JobState;
  /** Of a whole run: its steps and the picture. */
  readonly events: number;
  /** Events until its end. */
  left: number;
  crashes: number;
}

/** What must be true. */
class Model {
  readonly jobs = new Map<string, Expected>();
  /** How many were asked for. */
  begun = 0;
  /** Those that hold a slot. */
  readonly running = new Set<Expected>();

  get waiting(): number {
    return [...this.jobs.values()].filter(({ state }) => state === "queued").length;
  }

  start(order: readonly string[]): void {
    for (const id of order.slice(0, SLOTS - this.running.size)) {
      const job = this.jobs.get(id)!;
      job.state = "running";
      this.running.add(job);
    }
  }
}

/** What is tested: jobs on a store, which can be killed and started again. */
class Real {
  readonly #store = memoryStore();
  readonly owners = new Set<string>();
  device = new ManualDevice();
  jobs = this.#open();

  /** Leaves everything as a killed process does; nothing runs before `jobs.start()`. */
  kill(): void {
    this.device = new ManualDevice();
    this.jobs = this.#open();
  }

  /** Ids of those who wait, in the order they will start. */
  order(): readonly string[] {
    const waiting = [...this.owners].flatMap((owner) => this.jobs.active(owner))
      .filter(({ state }) => state === "queued");
    return waiting.toSorted((a, b) => a.position! - b.position!).map(({ id }) => id);
  }

  #open() {
    const work: ManualDevice["generate"] = (request, options) => this.device.generate(request, options);
    return bareJobs(work, { store: this.#store, slots: SLOTS, limit: LIMIT });
  }
}

type Command = fc.AsyncCommand<Model, Real>;

async function agree(model: Model, real: Real): Promise<void> {
  await settled();
  for (const [id, { state, owner, attached }] of model.jobs) {
    const view = real.jobs.get(id, owner);
    // What ended with its call is gone.
    if (attached && !["queued", "running"].includes(state)) expect(view).toBeUndefined();
    else expect([id, view?.state]).toEqual([id, state]);
    if (attached || view?.ended === undefined) continue;
    const events = await Array.fromAsync(real.jobs.events(id, owner));
    expect(events.filter(({ type }) => type === "end")).toMatchObject([{ state }]);
    expect(view.pictures).toHaveLength(state === "succeeded" ? 1 : view.pictures.length);
  }
}

class Begin implements Command {
  constructor(readonly owner: string, readonly priority: number, readonly steps: number, readonly attached: boolean) {}

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    const { owner, priority, steps, attached } = this;
    const id = String(model.begun++);
    const job: Expected = { attached, owner, state: "queued", events: steps + 1, left: steps + 1, crashes: 0 };
    real.owners.add(owner);
    const isFull = model.running.size === SLOTS && model.waiting === LIMIT;
    if (attached) {
      const { signal } = new AbortController();
      const events = Array.fromAsync(real.jobs.generate(smallRequest({ steps }), { id, owner, priority, signal }));
      const ended = events.then(() => undefined, (error: unknown) => error);
      if (isFull) expect(await Promise.race([ended, settled()])).toBeInstanceOf(QueueFullError);
    } else {
      const begin = () => submit(real.jobs, { steps }, { id, owner, priority });
      if (isFull) expect(begin).toThrow(QueueFullError);
      else begin();
    }
    if (!isFull) {
      model.jobs.set(id, job);
      model.start([id]);
    }
    await agree(model, real);
  }

  toString = () => `${this.attached ? "attach" : "submit"}(${this.owner}, ${this.priority}, ${this.steps} steps)`;
}

class Cancel implements Command {
  /** @param which 0 for the newest */
  constructor(readonly which: number) {}

  check = ({ jobs }: Readonly<Model>) => jobs.size > 0;

  async run(model: Model, real: Real): Promise<void> {
    const [id, job] = [...model.jobs].at(-1 - this.which % model.jobs.size)!;
    const view = real.jobs.cancel(id, job.owner);
    if (job.state === "queued" || job.state === "running") job.state = "canceled";
    if (view) expect(view.state).toBe(job.state);
    await agree(model, real);
  }

  toString = () => `cancel(${this.which})`;
}

class Step implements Command {
  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    const order = real.order();
    await real.device.step();
    for (const job of [...model.running]) {
      job.left--;
      if (job.left > 0 && job.state === "running") continue;
      if (job.state === "running") job.state = "succeeded";
      model.running.delete(job);
    }
    model.start(order);
    await agree(model, real);
  }

  toString = () => "step";
}

class Kill implements Command {
  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    real.kill();
    model.running.clear();
    for (const [id, job] of model.jobs) {
      if (job.attached) model.jobs.delete(id);
      if (job.attached || job.state !== "running") continue;
      job.left = job.events;
      job.state = ++job.crashes === 3 ? "failed" : "queued";
    }
    await agree(model, real);
    const order = real.order();
    real.jobs.start();
    model.start(order);
    await agree(model, real);
  }

  toString = () => "kill";
}

describe("Jobs, by a model", () => {
  it("agree with it after any commands: one end each, no more at a time than may be", async () => {
    const begin = fc.tuple(fc.constantFrom("ann", "bob"), fc.nat(9), fc.integer({ min: 1, max: 3 }), fc.boolean());
    const commands = fc.commands([
      // Often enough that the line fills up.
      ...Array.from({ length: 4 }, () => begin.map((parts) => new Begin(...parts))),
      fc.nat(5).map((which) => new Cancel(which)),
      fc.constant(new Step()),
      fc.constant(new Step()),
      fc.constant(new Kill()),
    ], { maxCommands: 40 });
    await fc.assert(
      fc.asyncProperty(commands, async (commands) => {
        const real = new Real();
        real.jobs.start();
        await fc.asyncModelRun(() => ({ model: new Model(), real }), commands);
      }),
      { numRuns: 100 },
    );
  });
});
