/**
 * Seeded normal noise. A seed travels: what PyTorch draws for it, we draw.
 *
 * @module
 */

/** A stream of standard normal numbers. */
export interface RandomSource {
  /** The next `count` numbers; the stream goes on where the last call ended. */
  normals(count: number): Float32Array;
}

/**
 * The 64 bits of a seed.
 *
 * @throws {RangeError} unless it is a whole number from 0 to 2⁶⁴ − 1 (as a number to 2⁵³ − 1)
 */
export function seedBits(seed: number | bigint): bigint {
  const valid = typeof seed === "bigint" ? seed >= 0n && seed < 2n ** 64n : Number.isSafeInteger(seed) && seed >= 0;
  if (valid) return BigInt(seed);
  throw new RangeError(`Seed is ${seed}; it must be a whole number from 0 to 2^53 - 1, or a bigint below 2^64`);
}

/** Numbers below this many are drawn one by one, others in blocks: `torch.randn` takes its vectorised path from here. */
const BLOCK = 16;
const TWO_PI = Math.fround(2 * Math.PI);

/**
 * PyTorch's CPU generator: `torch.manual_seed(seed)`, then one `torch.randn` of float32 for each call of `normals`.
 *
 * As there, numbers depend on how many are asked for at once: `randn(8)` twice is not `randn(16)`. Equal to PyTorch up to
 * the last float32 roundings of its logarithm and cosine (ATen/native/cpu/DistributionTemplates.h and
 * ATen/core/DistributionsHelper.h).
 */
export class TorchGenerator implements RandomSource {
  readonly #engine: MersenneTwister;
  #cached: number | undefined;

  /**
   * @param seed a whole number from 0 to 2⁶⁴ − 1 (as a number to 2⁵³ − 1); as in PyTorch its low 32 bits count
   * @throws {RangeError} for any other seed
   */
  constructor(seed: number | bigint) {
    this.#engine = new MersenneTwister(Number(BigInt.asUintN(32, seedBits(seed))));
  }

  normals(count: number): Float32Array {
    const out = new Float32Array(count);
    if (count < BLOCK) return out.map(() => this.#normal());
    for (let i = 0; i < count; i++) out[i] = this.#uniform24();
    for (let start = 0; start + BLOCK <= count; start += BLOCK) toNormals(out.subarray(start, start + BLOCK));
    if (count % BLOCK !== 0) {
      const last = out.subarray(count - BLOCK);
      for (let i = 0; i < BLOCK; i++) last[i] = this.#uniform24();
      toNormals(last);
    }
    return out;
  }

  /** Box-Muller in double precision; the sine of a pair waits for the next call, whatever is drawn in between. */
  #normal(): number {
    const waiting = this.#cached;
    this.#cached = undefined;
    if (waiting !== undefined) return waiting;
    const angle = 2 * Math.PI * this.#uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform53()));
    this.#cached = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #uniform24(): number {
    return (this.#engine.next() & 0xffffff) / 2 ** 24;
  }

  #uniform53(): number {
    const high = this.#engine.next() & 0x1fffff;
    return (high * 2 ** 32 + this.#engine.next()) / 2 ** 53;
  }
}

/** Box-Muller in float32: 8 uniform numbers for the radius, 8 for the angle become 8 cosines and 8 sines, in place. */
function toNormals(block: Float32Array): void {
  for (let i = 0; i < BLOCK / 2; i++) {
    const radius = Math.fround(Math.sqrt(-2 * Math.fround(Math.log(1 - block[i]!))));
    const angle = Math.fround(TWO_PI * block[i + BLOCK / 2]!);
    block[i] = radius * Math.fround(Math.cos(angle));
    block[i + BLOCK / 2] = radius * Math.fround(Math.sin(angle));
  }
}

/** MT19937 (Matsumoto & Nishimura 1998): 32 random bits a call. */
class MersenneTwister {
  readonly #state = new Uint32Array(624);
  #index = 624;

  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = Math.imul(1812433253, before) + i;
    }
  }

  next(): number {
    if (this.#index === 624) this.#twist();
    let y = this.#state[this.#index++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < 624; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
      state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }
}
