import type { CommonConfig } from "../scheduler_config.ts";

/** What of a config decides the noise levels. */
export type BetaConfig = Pick<
  CommonConfig,
  "num_train_timesteps" | "beta_schedule" | "beta_start" | "beta_end" | "trained_betas" | "rescale_betas_zero_snr"
>;

/** How much of clean latents and of noise is in x = signal · z + noise · ε. */
export interface Level {
  readonly signal: number;
  readonly noise: number;
}

/** What ᾱ = 0, zero terminal SNR, becomes where it is divided by, as in diffusers. */
const TERMINAL_ALPHA = 2 ** -24;
const f32 = Math.fround;

/**
 * The noise a model was trained with: ᾱ_t for each training timestep.
 *
 * Rounded to float32 where diffusers rounds: 1 − ᾱ of the first timesteps would otherwise differ by more than 1e-5.
 */
export class NoiseSchedule {
  /** ᾱ_t (Ho et al. 2020): the share of the clean latents' variance that is left at timestep t. */
  readonly alphasCumprod: Float32Array;

  /** @throws {RangeError} if there are not as many trained betas as timesteps */
  constructor(config: BetaConfig) {
    const betas = betasOf(config);
    this.alphasCumprod = cumprod((config.rescale_betas_zero_snr ? rescaleZeroSnr(betas) : betas).map((b) => 1 - b));
  }

  /**
   * ᾱ_t of a training timestep.
   *
   * @throws {RangeError} if there is no such timestep
   */
  alphaCumprod(timestep: number): number {
    const alpha = this.alphasCumprod[timestep];
    if (alpha !== undefined) return alpha;
    const last = this.alphasCumprod.length - 1;
    throw new RangeError(`Timestep ${timestep} is not in 0 … ${last}; take fewer steps or a smaller steps_offset`);
  }

  /** The variance-preserving level of a training timestep: √ᾱ and √(1 − ᾱ). */
  level(timestep: number): Level {
    const alpha = this.alphaCumprod(timestep);
    return { signal: Math.sqrt(alpha), noise: Math.sqrt(1 - alpha) };
  }

  /** σ_t = √((1 − ᾱ_t) / ᾱ_t) of each training timestep, ascending (Karras et al. 2022). */
  get sigmas(): Float32Array {
    return this.alphasCumprod.map((alpha) => {
      const divisor = alpha === 0 ? TERMINAL_ALPHA : alpha;
      return Math.sqrt(f32(f32(1 - divisor) / divisor));
    });
  }
}

function betasOf({ num_train_timesteps: count, beta_schedule, beta_start, beta_end, trained_betas }: BetaConfig) {
  if (trained_betas && trained_betas.length !== count) {
    throw new RangeError(`trained_betas has ${trained_betas.length} numbers; it must have ${count}, one a timestep`);
  }
  if (trained_betas) return Float32Array.from(trained_betas);
  if (beta_schedule === "linear") return linspace(beta_start, beta_end, count);
  if (beta_schedule === "scaled_linear") {
    return linspace(Math.sqrt(beta_start), Math.sqrt(beta_end), count).map((root) => root * root);
  }
  const bar = (t: number) => Math.cos((t + 0.008) / 1.008 * Math.PI / 2) ** 2;
  return Float32Array.from({ length: count }, (_, i) => Math.min(1 - bar((i + 1) / count) / bar(i / count), 0.999));
}

/** `torch.linspace` in float32: the second half is counted from the end. */
function linspace(start: number, end: number, count: number): Float32Array {
  const [first, last] = [f32(start), f32(end)];
  const step = f32(f32(last - first) / (count - 1));
  return Float32Array.from(
    { length: count },
    (_, i) => i < count / 2 ? first + f32(step * i) : last - f32(step * (count - 1 - i)),
  );
}

/** Lin et al. 2024 ("Common diffusion noise schedules and sample steps are flawed"), algorithm 1. */
function rescaleZeroSnr(betas: Float32Array): Float32Array {
  const roots = cumprod(betas.map((beta) => 1 - beta)).map(Math.sqrt);
  const [first, last] = [roots[0]!, roots.at(-1)!];
  const scale = f32(first / f32(first - last));
  const bars = roots.map((root) => f32(f32(root - last) * scale) ** 2);
  return bars.map((bar, i) => 1 - (i === 0 ? bar : f32(bar / bars[i - 1]!)));
}

/** `torch.cumprod` of float32 numbers: the product itself is kept in double. */
function cumprod(factors: Float32Array): Float32Array {
  let product = 1;
  return factors.map((factor) => product *= factor);
}
