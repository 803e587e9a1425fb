import { type RandomSource, seedBits } from "./random.ts";

/**
 * PyTorch's CUDA generator: `torch.manual_seed(seed)`, then one `torch.randn(…, device="cuda")` of float32 for each call
 * of `normals`; also what A1111 calls NV. In double like A1111's, so that CUDA's differ by their float32 roundings.
 *
 * A GPU gives one number to each of its threads before it gives them second ones, so a tensor must not have more numbers
 * than it has threads, which is more than 40 000.
 */
export class PhiloxGenerator implements RandomSource {
  readonly #key: readonly [number, number];
  #calls = 0;

  /**
   * @param seed a whole number from 0 to 2⁶⁴ − 1 (as a number to 2⁵³ − 1)
   * @throws {RangeError} for any other seed
   */
  constructor(seed: number | bigint) {
    const bits = seedBits(seed);
    this.#key = [Number(BigInt.asUintN(32, bits)), Number(bits >> 32n)];
  }

  normals(count: number): Float32Array {
    const call = this.#calls++;
    return Float32Array.from({ length: count }, (_, thread) => {
      const [first, second] = philox4x32([call, 0, thread, 0], this.#key);
      return boxMuller(first, second);
    });
  }
}

/** The sine of a pair of normals, which is what cuRAND's `curand_normal` gives first. */
function boxMuller(first: number, second: number): number {
  const [uniform, turn] = [first, second].map((bits) => (bits + 0.5) / 2 ** 32) as [number, number];
  return Math.sqrt(-2 * Math.log(uniform)) * Math.sin(2 * Math.PI * turn);
}

/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 *
 * @returns four numbers of 32 random bits that depend on counter and key alone
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = product(0xd2511f53, a);
    const [high1, low1] = product(0xcd9e8d57, c);
    [a, b, c, d] = [(high1 ^ b ^ k0) >>> 0, low1, (high0 ^ d ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [a, b, c, d];
}

/** High and low 32 bits of the product of two numbers of 32 bits, by halves, for a double holds 53. */
function product(x: number, y: number): readonly [number, number] {
  const lower = (x & 0xffff) * y;
  const upper = (x >>> 16) * y + Math.floor(lower / 2 ** 16);
  return [Math.floor(upper / 2 ** 16), Math.imul(x, y) >>> 0];
}
