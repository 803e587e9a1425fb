/**
 * What can be known of a model without loading its graphs: enough to validate requests and fill their defaults.
 *
 * @module
 */

/** A model as its folder describes it. */
export interface ModelInfo {
  /** The name requests use, such as `emoji-128`. */
  readonly name: string;
  /** Absolute path of its folder. */
  readonly folder: string;
  /** First 10 hexadecimal digits of the SHA-256 over its files' SHA-256 sums; names the exact weights. */
  readonly hash: string;
  /** Down-sampling factor of its autoencoder; sizes are multiples of `sizeMultiple`, itself a multiple of this. */
  readonly factor: number;
  /** Latent channels. */
  readonly channels: number;
  /** Width and height must be multiples of this: the autoencoder's factor times the denoiser's own down-sampling. */
  readonly sizeMultiple: number;
  /** Smallest and largest width or height in pixels. */
  readonly size: { readonly min: number; readonly max: number };
  /** How many tokens a prompt may have, special tokens included. */
  readonly maxTokens: number;
  /** What a request gets that does not say otherwise. */
  readonly defaults: {
    readonly width: number;
    readonly height: number;
    readonly steps: number;
    readonly guidance: number;
    readonly scheduler: string;
  };
}
