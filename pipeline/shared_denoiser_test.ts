import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { Tensor } from "onnxruntime-common";
import type { Conditioning } from "../models/components.ts";
import { disposeConditioning } from "../models/conditioning.ts";
import { HostDevice } from "../runtime/host/host_device.ts";
import { elements, type Latents } from "../runtime/tensor.ts";
import { Turns } from "../runtime/turns.ts";
import { type BorrowedDenoiser, SharedDenoiser } from "./shared_denoiser.ts";

const NEVER = new AbortController().signal;

/** What one request asks for: rows that hold nothing but `value`. */
interface Wanted {
  readonly value: number;
  readonly timesteps: readonly number[];
  readonly plane?: readonly number[];
  readonly signal?: AbortSignal;
}

describe("SharedDenoiser", () => {
  let device: HostDevice;
  let turns: Turns;
  /** Timesteps of each evaluation. */
  let evaluations: (readonly number[])[];
  let failure: (timesteps: readonly number[]) => Error | undefined;
  let shared: SharedDenoiser;
  beforeEach(() => {
    const create = () => Promise.reject(new Error("No graph is wanted here"));
    device = new HostDevice({ name: "wasm", description: "", Tensor, create });
    turns = new Turns();
    evaluations = [];
    failure = () => undefined;
    shared = sharedBy({ perRowTimesteps: true });
  });

  function sharedBy({ perRowTimesteps }: { readonly perRowTimesteps: boolean }, most = 8): SharedDenoiser {
    const denoiser: BorrowedDenoiser = { inputChannels: 2, perRowTimesteps, predict };
    return new SharedDenoiser(device, denoiser, turns, most);
  }

  /** input · timestep + label, row by row. */
  async function predict(input: Latents, timesteps: readonly number[], { label }: Conditioning): Promise<Latents> {
    evaluations.push(timesteps);
    const [numbers, labels] = [await input.read(), await label!.read()];
    const error = failure(timesteps);
    if (error) throw error;
    const row = elements(input.dims.slice(1));
    return device.upload(
      "B C h w",
      input.dims,
      numbers.map((x, i) => x * timesteps[i / row | 0]! + labels[i / row | 0]!),
    );
  }

  /** The numbers a request gets, each of which must be value · timestep + label with the row's number as label. */
  async function ask({ value, timesteps, plane = [1, 2], signal = NEVER }: Wanted): Promise<readonly number[]> {
    const dims = [timesteps.length, 2, ...plane];
    using input = device.upload("B C h w", dims, new Float32Array(elements(dims)).fill(value));
    const given = { label: device.upload("B", [timesteps.length], Float32Array.from(timesteps.keys())) };
    try {
      using predicted = await shared.until(signal).predict(input, timesteps, given);
      expect(predicted.dims).toEqual(dims);
      return [...await predicted.read()];
    } finally {
      disposeConditioning(given);
    }
  }

  const expected = ({ value, timesteps, plane = [1, 2] }: Wanted) =>
    timesteps.flatMap((timestep, row) => Array<number>(2 * elements(plane)).fill(value * timestep + row));

  it("runs what waits together as one, each row at its own timestep, and gives everybody their rows", async () => {
    const wanted = [{ value: 1, timesteps: [9, 9] }, { value: 2, timesteps: [5] }, { value: 3, timesteps: [1, 2, 3] }];
    expect(await Promise.all(wanted.map(ask))).toEqual(wanted.map(expected));
    expect(evaluations).toEqual([[9, 9, 5, 1, 2, 3]]);
    expect(device.counts().liveTensors).toBe(0);
  });

  it("lets a request join between any two steps, and goes on without those that have ended", async () => {
    async function steps(value: number, ...timesteps: readonly number[]) {
      for (const timestep of timesteps) {
        expect(await ask({ value, timesteps: [timestep] })).toEqual(expected({ value, timesteps: [timestep] }));
      }
    }
    let second: Promise<void> | undefined;
    failure = ([timestep]) => {
      if (timestep === 8) second = steps(2, 3, 2);
      return undefined;
    };
    await steps(1, 9, 8, 7, 6, 5);
    await second;
    expect(evaluations).toEqual([[9], [8], [3, 7], [2, 6], [5]]);
  });

  it("lets requests of other sizes take turns, step by step", async () => {
    async function steps(plane: readonly number[], ...timesteps: readonly number[]) {
      for (const timestep of timesteps) await ask({ value: 1, timesteps: [timestep], plane });
    }
    await Promise.all([steps([1, 2], 1, 2, 3), steps([3, 3], 11, 12, 13), steps([1, 2], 101, 102, 103)]);
    expect(evaluations).toEqual([[1, 101], [11], [2, 102], [12], [3, 103], [13]]);
  });

  it("joins equal timesteps only where the graph takes one for all rows", async () => {
    shared = sharedBy({ perRowTimesteps: false });
    const wanted = [7, 5, 7].map((timestep, value) => ({ value, timesteps: [timestep, timestep] }));
    expect(await Promise.all(wanted.map(ask))).toEqual(wanted.map(expected));
    expect(evaluations).toEqual([[7, 7, 7, 7], [5, 5]]);
  });

  it("takes no more rows at once than allowed; a request's own may be more", async () => {
    shared = sharedBy({ perRowTimesteps: true }, 3);
    const wanted = [[1, 1], [2, 2], [3], [4, 4, 4, 4]].map((timesteps, value) => ({ value, timesteps }));
    expect(await Promise.all(wanted.map(ask))).toEqual(wanted.map(expected));
    expect(evaluations).toEqual([[1, 1, 3], [2, 2], [4, 4, 4, 4]]);
  });

  it("waits for those who do something else with the device between steps", async () => {
    let decoded = false;
    const decode = turns.take(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      decoded = true;
    });
    const first = ask({ value: 1, timesteps: [2] });
    await decode;
    await Promise.all([first, ask({ value: 1, timesteps: [1] })]);
    expect([decoded, evaluations]).toEqual([true, [[2, 1]]]);
  });

  it("leaves those out who gave up while they waited", async () => {
    const abort = new AbortController();
    const others = [ask({ value: 1, timesteps: [1] }), ask({ value: 2, timesteps: [3] })];
    const aborted = ask({ value: 1, timesteps: [2], signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await Promise.all(others);
    expect(evaluations).toEqual([[1, 3]]);
    expect(device.counts().liveTensors).toBe(0);
  });

  it("keeps an error with the request that causes it", async () => {
    failure = (timesteps) => timesteps.includes(13) ? new RangeError("13 is no timestep") : undefined;
    const wanted = [1, 13, 2].map((timestep, value) => ({ value, timesteps: [timestep] }));
    const results = await Promise.allSettled(wanted.map(ask));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(evaluations).toEqual([[1, 13, 2], [1], [13], [2]]);
    expect(device.counts().liveTensors).toBe(0);
  });

  it("fails everybody when the device does, and works when it does again", async () => {
    failure = () => new Error("The device is gone");
    const wanted = [1, 2].map((timestep, value) => ({ value, timesteps: [timestep] }));
    const results = await Promise.allSettled(wanted.map(ask));
    expect(results.map((result) => result.status === "rejected" && result.reason.message)).toEqual(
      ["The device is gone", "The device is gone"],
    );
    failure = () => undefined;
    expect(await ask(wanted[0]!)).toEqual(expected(wanted[0]!));
    expect(device.counts().liveTensors).toBe(0);
  });
});
