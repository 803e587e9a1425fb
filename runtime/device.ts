/**
 * The one interface between latentd and the hardware: ONNX graphs, and a handful of kernels for everything else.
 *
 * @module
 */
import type { DeviceLostError } from "./device_lost_error.ts";
import type { Axes, Latents, Tensor } from "./tensor.ts";

/** The devices, each in the file of its name. */
export const DEVICE_NAMES = ["webgpu", "cpu", "wasm"] as const;

/** Name of a device. */
export type DeviceName = (typeof DEVICE_NAMES)[number];

/** How a device is opened. */
export interface DeviceOptions {
  /** Threads of `cpu` and `wasm`; if absent as many as the machine has, but at most 8 for `wasm`. */
  readonly threads?: number;
}

/** An ONNX graph on disk. */
export interface GraphSource {
  /** Absolute path of the `.onnx` file. */
  readonly path: string;
  /** Absolute paths of the files that hold its weights; the graph refers to them by their base names. */
  readonly external: readonly string[];
  /** Whether it computes in single precision where it was exported in half, slower but without its narrow range. */
  readonly widened?: boolean;
}

/** An input or output of a graph, as its metadata tells. */
export interface Port {
  /** Name inside the graph. */
  readonly name: string;
  /** ONNX element type, such as `float32`, `float16` or `int64`. */
  readonly type: string;
  /** Lengths of the dimensions; a string names a free one. */
  readonly dims: readonly (number | string)[];
}

/** A loaded graph. Runs of all sessions of a device take turns; onnxruntime-web cannot run two at once. */
export interface Session extends AsyncDisposable {
  /** What the graph takes, in its own order. */
  readonly inputs: readonly Port[];
  /** What the graph gives, in its own order. */
  readonly outputs: readonly Port[];
  /**
   * Runs the graph once.
   *
   * Numbers are converted to the element type that the graph asks for, so token ids are float32 on our side; a tensor
   * with one element may stand for an input of rank 0.
   *
   * @param feeds a tensor for every input; they must live until the promise is settled
   * @param axes the wanted outputs and their axes
   * @returns new tensors, which the caller disposes
   * @throws {TypeError} if an input is missing, or an input or output is unknown
   * @throws {RangeError} if an output's dims do not fit its axes
   */
  run<O extends Readonly<Record<string, Axes>>>(
    feeds: Readonly<Record<string, Tensor>>,
    axes: O,
  ): Promise<{ readonly [K in keyof O]: Tensor<O[K]> }>;
}

/** A run of consecutive elements of a tensor. */
export interface Slice {
  /** Where the elements come from. */
  readonly of: Tensor;
  /** Index of the first element. */
  readonly start: number;
  /** How many elements. */
  readonly length: number;
}

/** How latents become the input of a graph: out[r·B + b, c] = x[b, c] · rows[b] · scale[c] + shift[c]. */
export interface Feed {
  /** Factor of each of the B rows; 1 if absent. */
  readonly rows?: readonly number[];
  /** Factor and summand of each of the C channels; 1 and 0 if absent. */
  readonly channels?: { readonly scale: readonly number[]; readonly shift: readonly number[] };
  /** How often the batch is repeated: 2 for classifier-free guidance; 1 if absent. */
  readonly copies?: number;
  /** Conditions concatenated after the channels of x, the same for every copy; [B, C′, h, w], taken as they are. */
  readonly concat?: Latents;
  /** Channels of the result; those that neither x nor `concat` fill are zero. C + C′ if absent. */
  readonly width?: number;
}

/**
 * One step of a sampler as numbers: everything a scheduler does is linear in the latents x, the guided prediction, the
 * clamped estimate x0, a short history and fresh noise, so one kernel serves all schedulers.
 */
export interface Step {
  /** What the denoiser is told about the noise level, in training timesteps. */
  readonly timestep: number;
  /** The denoiser sees x · inputScale (Karras et al. 2022, c_in; 1 for variance-preserving schedulers). */
  readonly inputScale: number;
  /** The noise level before this step: x = signal · z + noise · ε for clean latents z. */
  readonly level: { readonly signal: number; readonly noise: number };
  /** x0 = clamp(x · this.x + predicted · this.predicted, −clip, clip); clip is Infinity for none. */
  readonly x0: { readonly x: number; readonly predicted: number; readonly clip: number };
  /** The next latents: x · this.x + predicted · this.predicted + x0 · this.x0 + Σ history[k] · this.history[k] + z · this.noise. */
  readonly next: {
    readonly x: number;
    readonly predicted: number;
    readonly x0: number;
    /** Weights of what earlier steps kept, newest first; at most `MAX_HISTORY`. */
    readonly history: readonly number[];
    /** Weight of fresh standard normal noise. */
    readonly noise: number;
  };
  /** What this step leaves for later ones, x · this.x + predicted · this.predicted + x0 · this.x0; absent for one-step schedulers. */
  readonly keep?: { readonly x: number; readonly predicted: number; readonly x0: number };
}

/** How many kept tensors one step can use. */
export const MAX_HISTORY = 3;

/** A step and the guidance scale of one row of the batch. */
export interface StepRow {
  readonly step: Step;
  /** Classifier-free guidance scale w (Ho & Salimans 2022): predicted = ungiven + w · (given − ungiven). */
  readonly guidance: number;
}

/** The tensors of one step. */
export interface StepInputs {
  /** [B, C, h, w]. */
  readonly x: Latents;
  /** The denoiser's output: [B, C, h, w], or [2·B, C, h, w] with the B ungiven rows first, then the B given ones. */
  readonly predicted: Latents;
  /** What earlier steps kept, newest first. */
  readonly history: readonly Latents[];
  /** Standard normal noise [B, C, h, w]; needed if any row's `next.noise` is not 0. */
  readonly noise?: Latents;
}

/** Counters for tests and metrics. */
export interface DeviceCounts {
  /** Tensors that were made and not disposed. */
  readonly liveTensors: number;
  /** Bytes of those. */
  readonly liveBytes: number;
  /** Copies from the GPU to the CPU since the device was opened; 0 where there is no GPU. */
  readonly readbacks: number;
}

/** A place where graphs and kernels run. */
export interface Device extends AsyncDisposable {
  /** Which of the devices this is. */
  readonly name: DeviceName;
  /** The hardware in a few words, such as the adapter's name or the number of threads. */
  readonly description: string;
  /** Where graphs leave their outputs for the next kernel. */
  readonly memory: "cpu" | "gpu";
  /** Why it can do nothing any more, once that is so; absent where a device cannot go away by itself. */
  readonly lost?: Promise<DeviceLostError>;
  /**
   * Copies numbers to the device.
   *
   * @throws {RangeError} if the number of elements is not that of `dims`
   */
  upload<A extends Axes>(axes: A, dims: readonly number[], data: Float32Array): Tensor<A>;
  /**
   * Loads a graph.
   *
   * @throws {Error} with the file's name if it cannot be read or the runtime refuses it
   */
  load(graph: GraphSource): Promise<Session>;
  /** A new tensor whose elements are those of the slices, one after the other: repeats, splits and joins batches and tokens. */
  assemble<A extends Axes>(axes: A, dims: readonly number[], slices: readonly Slice[]): Tensor<A>;
  /** Scales, repeats and widens latents into the input of a graph. */
  feed(x: Latents, how: Feed): Latents;
  /** Guidance, estimate of x0 and the scheduler's step in one pass; `kept` is there if the rows have `keep`. */
  step(rows: readonly StepRow[], at: StepInputs): { readonly x: Latents; readonly kept?: Latents };
  /** a · mask + b · (1 − mask), the mask the same for all channels. */
  mix(a: Latents, b: Latents, mask: Tensor<"B 1 h w">): Latents;
  /** What is alive and what was read back. */
  counts(): DeviceCounts;
}
