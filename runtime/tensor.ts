/**
 * Tensors with named axes, so that an image cannot be passed where latents are wanted.
 *
 * The letters, used in every docstring: B batch · C latent channels · h w latent rows, columns · H W pixel rows, columns ·
 * N tokens · D embedding width.
 *
 * @module
 */

/** The axes a tensor can have, outermost first. */
export type Axes = "B" | "B N" | "B N D" | "B C h w" | "B 1 h w" | "B 3 H W";

/**
 * Float32 numbers in row-major order, in the memory of the device that made them.
 *
 * Who creates a tensor disposes it (`using`); a disposed tensor throws on every use.
 */
export interface Tensor<A extends Axes = Axes> extends Disposable {
  /** Names of the dimensions, which keep tensors of different meaning apart. */
  readonly axes: A;
  /** Lengths of the dimensions, in the order of `axes`. */
  readonly dims: readonly number[];
  /** Whether the numbers lie in the memory of the CPU or of the GPU. */
  readonly where: "cpu" | "gpu";
  /** Copies the numbers to the CPU; on a GPU this waits for all submitted work, so the loop never does it. */
  read(): Promise<Float32Array>;
}

/** A point in the autoencoder's latent space, or noise of the same shape. */
export type Latents = Tensor<"B C h w">;

/** RGB pictures, channels first, in [-1, 1]. */
export type Image = Tensor<"B 3 H W">;

/** What cross-attention attends to: one vector of width D for each of N tokens (the paper's τ_θ(y)). */
export type Context = Tensor<"B N D">;

/** Number of elements of a tensor with these dims. */
export function elements(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** The axes that have a fixed length, such as the 3 of `B 3 H W`. */
const FIXED_LENGTH = /^\d+$/;

/**
 * Checks that lengths can belong to axes.
 *
 * @throws {RangeError} if their number differs, one is no positive integer, or one contradicts a fixed axis
 */
export function checkDims(axes: Axes, dims: readonly number[]): void {
  const names = axes.split(" ");
  const fits = (dim: number, i: number) =>
    Number.isInteger(dim) && dim > 0 && (!FIXED_LENGTH.test(names[i]!) || Number(names[i]) === dim);
  if (names.length !== dims.length || !dims.every(fits)) {
    throw new RangeError(`Dims are [${dims.join(", ")}], they must be positive integers that fit the axes [${axes}]`);
  }
}

/**
 * Checks that so many numbers fill a tensor of these axes and dims.
 *
 * @throws {RangeError} if they do not, or the dims contradict the axes
 */
export function checkElements(axes: Axes, dims: readonly number[], count: number): void {
  checkDims(axes, dims);
  if (elements(dims) !== count) {
    throw new RangeError(`${count} numbers were given for dims [${dims.join(", ")}], it must be ${elements(dims)}`);
  }
}
