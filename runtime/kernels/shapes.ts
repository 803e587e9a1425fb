/**
 * What every implementation of the kernels checks and works out first, so that all of them refuse the same calls.
 *
 * @module
 */
import { type Feed, MAX_HISTORY, type Slice, type StepInputs, type StepRow } from "../device.ts";
import { type Axes, checkElements, elements, type Latents, type Tensor } from "../tensor.ts";

/** Sizes of a call of `step`. */
export interface StepShape {
  /** Elements of one row: C · h · w. */
  readonly row: number;
  /** Whether `predicted` holds ungiven and given rows. */
  readonly guided: boolean;
  /** Whether any row keeps something for later steps. */
  readonly keeps: boolean;
}

/** Sizes of a call of `feed`. */
export interface FeedShape {
  /** Lengths of the result: [copies · B, width, h, w]. */
  readonly dims: readonly number[];
  /** Rows B of x. */
  readonly batch: number;
  /** Channels C of x. */
  readonly channels: number;
  /** Channels C′ of `concat`; 0 if absent. */
  readonly concat: number;
  /** Channels of the result. */
  readonly width: number;
  /** Elements of one channel: h · w. */
  readonly plane: number;
}

/**
 * Sizes of a step.
 *
 * @throws {RangeError} if tensors and rows do not fit each other
 * @throws {TypeError} if a row wants noise and there is none
 */
export function stepShape(rows: readonly StepRow[], at: StepInputs): StepShape {
  const [batch, ...rest] = at.x.dims;
  if (rows.length !== batch) throw new RangeError(`${rows.length} rows were given for a batch of ${batch}`);
  const guided = at.predicted.dims[0] === 2 * batch;
  checkSame("predicted", at.predicted, [guided ? 2 * batch : batch, ...rest]);
  at.history.forEach((kept, k) => checkSame(`history[${k}]`, kept, at.x.dims));
  if (at.noise) checkSame("noise", at.noise, at.x.dims);
  for (const { step } of rows) {
    if (step.next.history.length > Math.min(at.history.length, MAX_HISTORY)) {
      throw new RangeError(
        `A step uses ${step.next.history.length} kept tensors, ${at.history.length} were given (at most ${MAX_HISTORY})`,
      );
    }
    if (step.next.noise !== 0 && !at.noise) throw new TypeError("A step adds noise, but at.noise is missing");
  }
  return { row: elements(rest), guided, keeps: rows.some(({ step }) => step.keep) };
}

/**
 * Sizes of a feed.
 *
 * @throws {RangeError} if its parts do not fit each other
 */
export function feedShape(x: Latents, how: Feed): FeedShape {
  const [batch, channels, h, w] = x.dims as [number, number, number, number];
  const { copies = 1 } = how;
  const concat = how.concat?.dims[1] ?? 0;
  const width = how.width ?? channels + concat;
  if (how.concat) checkSame("concat", how.concat, [batch, concat, h, w]);
  checkCount("rows", how.rows, batch);
  checkCount("channels.scale", how.channels?.scale, channels);
  checkCount("channels.shift", how.channels?.shift, channels);
  if (!Number.isInteger(copies) || copies < 1) {
    throw new RangeError(`copies is ${copies}, it must be a positive integer`);
  }
  if (!Number.isInteger(width) || width < channels + concat) {
    throw new RangeError(`width is ${width}, it must be at least the ${channels + concat} channels that are given`);
  }
  return { dims: [copies * batch, width, h, w], batch, channels, concat, width, plane: h * w };
}

/**
 * Checks a call of `mix`.
 *
 * @throws {RangeError} if the tensors do not fit each other
 */
export function checkMix(a: Latents, b: Latents, mask: Tensor<"B 1 h w">): void {
  checkSame("b", b, a.dims);
  checkSame("mask", mask, [a.dims[0]!, 1, a.dims[2]!, a.dims[3]!]);
}

/**
 * Checks a call of `assemble`.
 *
 * @throws {RangeError} if a slice leaves its tensor or the slices do not fill the dims
 */
export function checkAssemble(axes: Axes, dims: readonly number[], slices: readonly Slice[]): void {
  for (const { of, start, length } of slices) {
    const size = elements(of.dims);
    if (!Number.isInteger(start) || !Number.isInteger(length) || start < 0 || length < 1 || start + length > size) {
      throw new RangeError(`A slice takes ${length} elements from ${start}, its tensor has ${size}`);
    }
  }
  checkElements(axes, dims, slices.reduce((sum, { length }) => sum + length, 0));
}

function checkSame(name: string, tensor: Tensor, dims: readonly number[]): void {
  if (tensor.dims.length !== dims.length || tensor.dims.some((dim, i) => dim !== dims[i])) {
    throw new RangeError(`${name} has dims [${tensor.dims.join(", ")}], they must be [${dims.join(", ")}]`);
  }
}

function checkCount(name: string, numbers: readonly number[] | undefined, wanted: number): void {
  if (numbers && numbers.length !== wanted) {
    throw new RangeError(`${name} has ${numbers.length} numbers, there must be ${wanted}`);
  }
}
