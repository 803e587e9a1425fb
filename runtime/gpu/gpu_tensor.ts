import type { Ledger } from "../ledger.ts";
import { type Axes, checkDims, elements, type Tensor } from "../tensor.ts";
import type { GpuMemory } from "./gpu_memory.ts";

/** What the tensors of one GPU share. */
export interface GpuContext {
  readonly memory: GpuMemory;
  readonly ledger: Ledger;
}

/** Where the numbers of a new tensor lie. */
export interface GpuNumbers {
  /** Holds the numbers, and maybe more behind them. */
  readonly buffer: GPUBuffer;
  /** Gives the buffer back to its owner. */
  readonly release: () => void;
  /** The numbers themselves if they came from the CPU: token ids are wanted there as integers. */
  readonly uploaded?: Float32Array;
}

/** A tensor in the memory of the GPU. */
export class GpuTensor<A extends Axes = Axes> implements Tensor<A> {
  readonly where = "gpu";
  readonly axes: A;
  readonly dims: readonly number[];
  readonly bytes: number;
  readonly #context: GpuContext;
  #numbers: GpuNumbers | undefined;

  /**
   * Owns the numbers from now on.
   *
   * @throws {RangeError} if the dims do not fit the axes
   */
  constructor(context: GpuContext, axes: A, dims: readonly number[], numbers: GpuNumbers) {
    checkDims(axes, dims);
    this.axes = axes;
    this.dims = [...dims];
    this.bytes = elements(dims) * Float32Array.BYTES_PER_ELEMENT;
    this.#context = context;
    this.#numbers = numbers;
    context.ledger.made(this.bytes);
  }

  /**
   * The buffer and what was uploaded into it.
   *
   * @throws {ReferenceError} if the tensor was disposed
   */
  get numbers(): GpuNumbers {
    if (!this.#numbers) throw new ReferenceError(`Tensor [${this.axes}] was disposed, it must live while it is used`);
    return this.#numbers;
  }

  async read(): Promise<Float32Array> {
    const { buffer } = this.numbers;
    this.#context.ledger.readBack();
    return await this.#context.memory.read(buffer, elements(this.dims));
  }

  [Symbol.dispose](): void {
    if (!this.#numbers) return;
    this.#context.ledger.disposed(this.bytes);
    this.#numbers.release();
    this.#numbers = undefined;
  }
}

/**
 * A tensor that must lie in the memory of the GPU.
 *
 * @throws {TypeError} if it is a tensor of another device
 */
export function onGpu(tensor: Tensor): GpuTensor {
  if (tensor instanceof GpuTensor) return tensor;
  throw new TypeError(`Tensor [${tensor.axes}] lies in memory of the ${tensor.where}, it must be of this device`);
}

/**
 * What a kernel binds to see exactly the tensor's numbers.
 *
 * @throws {TypeError} if it is a tensor of another device
 * @throws {ReferenceError} if the tensor was disposed
 */
export function bindingOf(tensor: Tensor): GPUBufferBinding {
  const { numbers, bytes } = onGpu(tensor);
  return { buffer: numbers.buffer, size: bytes };
}
