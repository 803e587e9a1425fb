/**
 * Every source of noise by name.
 *
 * @module
 */
import { PhiloxGenerator } from "./philox.ts";
import { type RandomSource, TorchGenerator } from "./random.ts";

/** PyTorch's generators: of the CPU, which diffusers' examples use, and of CUDA, which A1111 calls NV. */
export const GENERATORS = { torch: TorchGenerator, philox: PhiloxGenerator } as const satisfies Readonly<
  Record<string, new (seed: number) => RandomSource>
>;

/** Name of a source of noise. */
export type GeneratorName = keyof typeof GENERATORS;
