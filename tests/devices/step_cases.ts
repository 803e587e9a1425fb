import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { Device, Step, StepRow } from "../../runtime/device.ts";
import type { Latents } from "../../runtime/tensor.ts";
import { at, expectTensor, fill, type Grid, grid } from "./numbers.ts";

const DIMS = [3, 5, 7, 9] as const;

/** A step with numbers that all matter. */
function stepOf(change: { x0?: Partial<Step["x0"]>; next?: Partial<Step["next"]>; keep?: Step["keep"] } = {}): Step {
  return {
    timestep: 500,
    inputScale: 1,
    level: { signal: 0.8, noise: 0.6 },
    x0: { x: 0.75, predicted: -0.5, clip: Infinity, ...change.x0 },
    next: { x: 0.25, predicted: 0.5, x0: 1.5, history: [], noise: 0, ...change.next },
    ...(change.keep && { keep: change.keep }),
  };
}

/** The numbers that go into a step. */
interface Inputs {
  readonly x: Grid;
  readonly predicted: Grid;
  readonly history: readonly Grid[];
  readonly noise: Grid;
}

/** The step as the comments of `Step` define it, place by place in float64. */
function expectedOf(rows: readonly StepRow[], { x, predicted, history, noise }: Inputs) {
  const B = x.dims[0];
  const values = (b: number, c: number, y: number, w: number) => {
    const { step, guidance } = rows[b]!;
    const latent = at(x, b, c, y, w);
    const ungiven = at(predicted, b, c, y, w);
    const guided = predicted.dims[0] === 2 * B;
    const p = guided ? (1 - guidance) * ungiven + guidance * at(predicted, b + B, c, y, w) : ungiven;
    const free = latent * step.x0.x + p * step.x0.predicted;
    const clean = free > step.x0.clip ? step.x0.clip : free < -step.x0.clip ? -step.x0.clip : free;
    const past = step.next.history.map((weight, k) => weight * at(history[k]!, b, c, y, w));
    const parts = [latent * step.next.x, p * step.next.predicted, clean * step.next.x0, ...past];
    const next = [...parts, step.next.noise * at(noise, b, c, y, w)].reduce((sum, part) => sum + part);
    const { keep } = step;
    return { next, kept: keep ? latent * keep.x + p * keep.predicted + clean * keep.x0 : 0 };
  };
  return {
    next: fill(x.dims, (...place) => values(...place).next),
    kept: fill(x.dims, (...place) => values(...place).kept),
  };
}

/** What `Device.step` must do, on the device that `open` gives. */
export function stepCases(device: Device): void {
  const latents = ({ dims, data }: Grid): Latents => device.upload("B C h w", dims, data);

  /** Runs the step on the device and compares it. */
  async function check(
    rows: readonly StepRow[],
    { guided = false, noisy = false, past = 0, dims = DIMS as Grid["dims"] },
  ) {
    const [B, ...rest] = dims;
    const inputs: Inputs = {
      x: grid(dims, 1),
      predicted: grid([guided ? 2 * B : B, ...rest], 2),
      history: Array.from({ length: past }, (_, k) => grid(dims, 3 + k)),
      noise: grid(dims, 7),
    };
    using stack = new DisposableStack();
    const x = stack.use(latents(inputs.x));
    const predicted = stack.use(latents(inputs.predicted));
    const history = inputs.history.map((kept) => stack.use(latents(kept)));
    const noise = noisy ? { noise: stack.use(latents(inputs.noise)) } : {};
    const result = device.step(rows, { x, predicted, history, ...noise });
    const expected = expectedOf(rows, inputs);
    await expectTensor(result.x, dims, expected.next, 4e-6);
    expect(result.kept !== undefined).toBe(rows.some(({ step }) => step.keep));
    if (result.kept) await expectTensor(result.kept, dims, expected.kept, 4e-6);
  }
  const same = (step: Step, guidance = 1) => [1, 2, 3].map((): StepRow => ({ step, guidance }));

  describe("step", () => {
    it("combines latents, prediction and estimate", () => check(same(stepOf()), {}));
    it("ignores guidance without ungiven rows", () => check(same(stepOf(), 7.5), {}));
    it("guides from the ungiven to the given rows", () => check(same(stepOf(), 7.5), { guided: true }));
    it("clips the estimate", () => check(same(stepOf({ x0: { clip: 0.5 } })), {}));
    it("adds noise", () => check(same(stepOf({ next: { noise: 0.7 } })), { noisy: true }));
    it("keeps what later steps need", () => check(same(stepOf({ keep: { x: 0.5, predicted: -2, x0: 3 } })), {}));
    for (const history of [[0.5], [0.5, -1.25], [0.5, -1.25, 2]]) {
      it(`adds ${history.length} of 3 kept tensors`, () => check(same(stepOf({ next: { history } })), { past: 3 }));
      it(`adds all of ${history.length} kept tensors`, () =>
        check(same(stepOf({ next: { history } })), { past: history.length }));
    }
    it("takes another step for every row", () =>
      check([
        { step: stepOf({ x0: { clip: 1 }, next: { history: [0.5, -1.25, 2] } }), guidance: 3 },
        { step: stepOf({ next: { noise: 0.3 }, keep: { x: 1, predicted: 2, x0: -1 } }), guidance: 0 },
        { step: stepOf({ next: { x: 0, history: [2] } }), guidance: 7.5 },
      ], { guided: true, noisy: true, past: 3 }));
    it("takes rows of more elements than a workgroup", () =>
      check(same(stepOf(), 4).slice(0, 2), { guided: true, dims: [2, 4, 32, 33] }));
    it("lets an unused infinity alone", async () => {
      using x = latents(grid(DIMS, 1));
      using infinite = device.upload("B C h w", DIMS, new Float32Array(945).fill(Infinity));
      const rows = same(stepOf({ x0: { predicted: 0 }, next: { predicted: 0 } }));
      const result = device.step(rows, { x, predicted: x, history: [infinite], noise: infinite });
      await expectTensor(result.x, DIMS, fill(DIMS, (...place) => (0.25 + 1.5 * 0.75) * at(grid(DIMS, 1), ...place)));
    });

    it("refuses rows and tensors that do not fit", () => {
      using x = latents(grid(DIMS, 1));
      using other = latents(grid([3, 5, 9, 7], 1));
      const rows = same(stepOf());
      const noisy = same(stepOf({ next: { noise: 1 } }));
      const past = same(stepOf({ next: { history: [1, 1] } }));
      expect(() => device.step(rows.slice(1), { x, predicted: x, history: [] })).toThrow(RangeError);
      expect(() => device.step(rows, { x, predicted: other, history: [] })).toThrow("predicted has dims [3, 5, 9, 7]");
      expect(() => device.step(rows, { x, predicted: x, history: [other] })).toThrow(
        "history[0] has dims [3, 5, 9, 7]",
      );
      expect(() => device.step(rows, { x, predicted: x, history: [], noise: other })).toThrow("noise has dims");
      expect(() => device.step(noisy, { x, predicted: x, history: [] })).toThrow(TypeError);
      expect(() => device.step(past, { x, predicted: x, history: [x] })).toThrow("A step uses 2 kept tensors, 1 were");
    });
  });
}
