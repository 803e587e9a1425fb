/**
 * The parts of a latent-diffusion model, as nouns of the field. Names of ONNX inputs and outputs stay inside the files
 * that implement them.
 *
 * @module
 */
import type { Context, Image, Latents } from "../runtime/tensor.ts";

/** Turns inputs of one kind (prompts, classes, boxes) into what cross-attention attends to: the paper's τ_θ. */
export interface Conditioner<Input> extends AsyncDisposable {
  /** Encodes B inputs as one batch. */
  encode(inputs: readonly Input[]): Promise<Encoding>;
}

/** What a conditioner gives. */
export interface Encoding {
  /** [B, N, D]. */
  readonly context: Context;
  /** How many tokens of each input did not fit and had no influence. */
  readonly cut: readonly number[];
}

/** The network ε_θ(z_t, t, τ_θ(y)); what it predicts (noise, v or the sample) is the scheduler's business. */
export interface Denoiser extends AsyncDisposable {
  /** Channels of its input: latents, then concatenated conditions. */
  readonly inputChannels: number;
  /**
   * One evaluation.
   *
   * @param input latents as `Device.feed` made them, [B, inputChannels, h, w]
   * @param timesteps one for each row
   * @param context what each row is conditioned on, [B, N, D]
   */
  predict(input: Latents, timesteps: readonly number[], context: Context): Promise<Latents>;
}

/** The first stage: E and D of the paper. Latents outside are normalised as the denoiser was trained to see them. */
export interface Autoencoder extends AsyncDisposable {
  /** Down-sampling factor f = H / h = W / w. */
  readonly factor: number;
  /** Latent channels C. */
  readonly channels: number;
  /** D: latents [B, C, h, w] to pictures [B, 3, h·f, w·f]. */
  decode(latents: Latents): Promise<Image>;
}
