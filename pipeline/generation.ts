/**
 * The one thing that routes, queue and command line know of generation; tests replace it by a short fake.
 *
 * @module
 */
import type { Pixels } from "./images/pixels.ts";
import type { GenerationRequest } from "./request/request.ts";

/** Milliseconds spent in each stage of a request so far, waiting for the turns of others included. */
export interface Timings {
  /** Tokenizing and encoding the prompts. */
  readonly text: number;
  /** All steps: denoiser, guidance and scheduler. */
  readonly denoise: number;
  /** The autoencoder's decoder and the copy of pixels to the CPU, previews included. */
  readonly decode: number;
}

/** What happens while a request is worked on. */
export type GenerationEvent =
  | {
    readonly type: "notice";
    /** Something the caller should know about the request that is no error, such as a prompt that was cut. */
    readonly message: string;
  }
  | {
    readonly type: "step";
    /** Which batch of the request's images this step belongs to: the indices of its images. */
    readonly images: readonly number[];
    /** Steps done, 1 … total. */
    readonly step: number;
    readonly total: number;
    /** The present estimate of the batch's first picture, if it was asked for after this step. */
    readonly preview?: Pixels;
    readonly timings: Timings;
  }
  | {
    readonly type: "image";
    /** 0 … count − 1. */
    readonly index: number;
    /** The seed that makes this picture alone: the request's seed + index. */
    readonly seed: number;
    readonly image: Pixels;
    readonly timings: Timings;
  };

/** How the caller wants to be served; nothing here changes the pictures. */
export interface GenerateOptions {
  /** Ends the work within one step; the iteration then throws the signal's reason. */
  readonly signal: AbortSignal;
  /** A preview after every so many steps; none if absent. */
  readonly previewEvery?: number;
  /** The weights that the request was checked against; others refuse it. */
  readonly modelHash?: string;
  /** Told of every evaluation of the denoiser that this request led, alone or with others that joined it. */
  readonly onEvaluation?: (evaluation: Evaluation) => void;
}

/** An evaluation of the denoiser. */
export interface Evaluation {
  /** How many requests shared it. */
  readonly requests: number;
  /** Latents in the batch; with guidance each picture has two. */
  readonly rows: number;
  /** Milliseconds it took. */
  readonly time: number;
}

/** Works on one request and tells what happens; ends after the last image. */
export type Generate = (request: GenerationRequest, options: GenerateOptions) => AsyncIterable<GenerationEvent>;
