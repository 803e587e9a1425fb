/**
 * The parts of a latent-diffusion model, as nouns of the field. Names of ONNX inputs and outputs stay inside the files
 * that implement them.
 *
 * @module
 */
import type { Context, Image, Latents, Tensor } from "../runtime/tensor.ts";

/** Everything but its input that a denoiser is conditioned on; each tensor has one row for each row of the batch. */
export interface Conditioning {
  /** [B, N, D], what cross-attention attends to: the paper's τ_θ(y). */
  readonly context?: Context;
  /** [B, D], one vector for the whole prompt (SDXL's `text_embeds`). */
  readonly pooled?: Tensor<"B N">;
  /** [B, 6], original size, crop and target size in pixels (SDXL's `time_ids`). */
  readonly sizes?: Tensor<"B N">;
  /** [B], classes that are embedded by the denoiser itself (`class_labels`). */
  readonly label?: Tensor<"B">;
  /** [B, D], the embedded guidance scale of distilled models (LCM's `timestep_cond`). */
  readonly guidance?: Tensor<"B N">;
}

/** What a conditioner may need to know beside its input. */
export interface ConditioningOptions {
  /** Pixels of the picture that will be made. */
  readonly width: number;
  readonly height: number;
  /** Scale w of guidance. */
  readonly guidance: number;
  /** Whether `(word:1.3)`, `[word]` and BREAK in prompts are read as AUTOMATIC1111 does. */
  readonly emphasis: boolean;
  /** Which hidden layer of a CLIP text encoder is used, counted from the last, 1; undefined for what the model was trained with. */
  readonly clipSkip?: number;
}

/** Turns inputs of one kind (prompts, classes, boxes) into what the denoiser is conditioned on. */
export interface Conditioner<Input> extends AsyncDisposable {
  /** Encodes B inputs as one batch; undefined is the empty condition that guidance leads away from. */
  encode(inputs: readonly (Input | undefined)[], options: ConditioningOptions): Promise<Encoding>;
}

/** What a conditioner gives. */
export interface Encoding {
  /** One row for each input. */
  readonly given: Conditioning;
  /** How many tokens of each input did not fit and had no influence. */
  readonly cut: readonly number[];
}

/** An object of a layout. */
export interface Box {
  /** What is in it. */
  readonly text: string;
  /** Left, top, right, bottom as fractions of the picture, 0 … 1. */
  readonly box: readonly [number, number, number, number];
}

/** The conditioners of a model; those that it lacks are absent. */
export interface Conditioners {
  readonly text?: Conditioner<string>;
  /** Of class ids. */
  readonly class?: Conditioner<number>;
  readonly layout?: Conditioner<readonly Box[]>;
}

/** The network ε_θ(z_t, t, τ_θ(y)); what it predicts (noise, v or the sample) is the scheduler's business. */
export interface Denoiser extends AsyncDisposable {
  /** Channels of its input: latents, then concatenated conditions. */
  readonly inputChannels: number;
  /** Whether the rows of one evaluation may be at different timesteps; some graphs take one for all. */
  readonly perRowTimesteps: boolean;
  /**
   * One evaluation.
   *
   * @param input latents as `Device.feed` made them, [B, inputChannels, h, w]
   * @param timesteps one for each row, all equal unless `perRowTimesteps`
   * @param given what each row is conditioned on
   */
  predict(input: Latents, timesteps: readonly number[], given: Conditioning): Promise<Latents>;
}

/** The first stage: E and D of the paper. Latents outside are normalised as the denoiser was trained to see them. */
export interface Autoencoder extends AsyncDisposable {
  /** Down-sampling factor f = H / h = W / w. */
  readonly factor: number;
  /** Latent channels C. */
  readonly channels: number;
  /**
   * Whether the denoiser was trained on samples of the KL posterior, so that `encode` wants noise; false where it was its
   * mean, or where there is no posterior (VQ).
   */
  readonly samples: boolean;
  /** Factor and summand of each channel that make the networks' own latents of ours. */
  readonly normalisation: { readonly scale: readonly number[]; readonly shift: readonly number[] };
  /** Whether the decoder computes in half precision, so that `decode` in `fp32` reaches further. */
  readonly isHalf: boolean;
  /** Rows and columns of the tiles in which latents of this size are best decoded; undefined if that is at once. */
  tileOf(height: number, width: number): Promise<number | undefined>;
  /** Whether the model has an encoder. */
  canEncode(): Promise<boolean>;
  /**
   * E: a picture [1, 3, H, W] to latents [B, C, H/f, W/f].
   *
   * @param noise B times the C·h·w standard normals that choose a sample of the posterior; one row, its mean, if absent
   * @throws {TypeError} if the model has no encoder
   */
  encode(image: Image, noise?: readonly Float32Array[]): Promise<Latents>;
  /**
   * D: latents [B, C, h, w] to pictures [B, 3, h·f, w·f].
   *
   * @param tile rows and columns of the tiles in which it is done, as `tileOf` tells; at once if absent
   * @param precision `fp32` for single precision whatever the graph was exported in; the graph's own if absent
   */
  decode(latents: Latents, tile?: number, precision?: "fp32"): Promise<Image>;
}
