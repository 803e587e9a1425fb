import type { Ledger } from "../ledger.ts";
import { type Axes, checkElements, type Tensor } from "../tensor.ts";

/** A tensor in the memory of the CPU. */
export class HostTensor<A extends Axes = Axes> implements Tensor<A> {
  readonly where = "cpu";
  readonly axes: A;
  readonly dims: readonly number[];
  readonly #ledger: Ledger;
  #numbers: Float32Array | undefined;

  /**
   * Owns the numbers from now on.
   *
   * @throws {RangeError} if they do not fill the dims
   */
  constructor(ledger: Ledger, axes: A, dims: readonly number[], numbers: Float32Array) {
    checkElements(axes, dims, numbers.length);
    this.axes = axes;
    this.dims = [...dims];
    this.#ledger = ledger;
    this.#numbers = numbers;
    ledger.made(numbers.byteLength);
  }

  /**
   * The numbers themselves, not a copy.
   *
   * @throws {ReferenceError} if the tensor was disposed
   */
  get numbers(): Float32Array {
    if (!this.#numbers) throw new ReferenceError(`Tensor [${this.axes}] was disposed, it must live while it is used`);
    return this.#numbers;
  }

  // deno-lint-ignore require-await -- an error becomes a rejection, as on a GPU
  async read(): Promise<Float32Array> {
    return this.numbers.slice();
  }

  [Symbol.dispose](): void {
    if (!this.#numbers) return;
    this.#ledger.disposed(this.#numbers.byteLength);
    this.#numbers = undefined;
  }
}

/**
 * The numbers of a tensor that must lie in the memory of the CPU.
 *
 * @throws {TypeError} if it is a tensor of another device
 * @throws {ReferenceError} if the tensor was disposed
 */
export function hostNumbers(tensor: Tensor): Float32Array {
  if (!(tensor instanceof HostTensor)) {
    throw new TypeError(`Tensor [${tensor.axes}] lies in memory of the ${tensor.where}, it must be of this device`);
  }
  return tensor.numbers;
}
