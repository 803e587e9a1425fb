/**
 * Conversion between our float32 numbers and the element types of graphs.
 *
 * @module
 */
import type { Tensor as OnnxTensor } from "onnxruntime-common";

/** How an element type is written; integers are cut off like PyTorch's `.long()` does. */
const WRITERS: Readonly<Record<string, (numbers: Float32Array) => OnnxTensor.DataType>> = {
  float32: (numbers) => numbers,
  float16: (numbers) => new Uint16Array(Float16Array.from(numbers).buffer),
  int32: (numbers) => Int32Array.from(numbers),
  int64: (numbers) => BigInt64Array.from(numbers as Iterable<number>, (number) => BigInt(Math.trunc(number))),
  bool: (numbers) => Uint8Array.from(numbers, (number) => Number(number !== 0)),
};

/**
 * Float32 numbers as elements of a graph's input.
 *
 * @throws {TypeError} if the type is none that latent-diffusion graphs use
 */
export function toElements(numbers: Float32Array, type: string): OnnxTensor.DataType {
  const write = WRITERS[type];
  if (!write) {
    throw new TypeError(`Element type ${type} is not supported, it must be one of ${Object.keys(WRITERS).join(", ")}`);
  }
  return write(numbers);
}

/**
 * Elements of a graph's output as float32 numbers.
 *
 * @throws {TypeError} if the elements are strings
 */
export function fromElements({ data, type }: Pick<OnnxTensor, "data" | "type">): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  if (Array.isArray(data)) throw new TypeError("The graph's output holds strings, it must hold numbers");
  // Half-precision numbers come as Float16Array or as its bits, whichever the runtime knows.
  const isBits = type === "float16" && data instanceof Uint16Array;
  return Float32Array.from(isBits ? new Float16Array(data.buffer, data.byteOffset, data.length) : data);
}
