import { elements } from "../../runtime/tensor.ts";
import type { GraphOutline, Weight } from "../graphs/graph_outline.ts";

/** What a run of a graph takes beside its weights, in bytes. */
export interface Activations {
  /** What lives at once where that is most. */
  readonly total: number;
  /** The largest tensor. */
  readonly largest: number;
}

/** How a graph is run. */
export interface Run {
  /** Rows and columns of its input. */
  readonly height: number;
  readonly width: number;
  /** Pictures in the batch; 1 if absent. */
  readonly rows?: number;
  /** Heads of its self-attention; 1 if absent, as in autoencoders. */
  readonly heads?: number;
}

const FLOAT = 4;
/** Quantised weights go through such nodes before they are used. */
const WIDENING: ReadonlySet<string> = new Set([
  ...["DequantizeLinear", "Cast", "Mul", "Identity", "Reshape", "Transpose"],
]);

/**
 * Estimates what a run of a convolutional network takes, by following the size of its planes through the nodes: a convolution
 * needs its input, its result and, in residual blocks, two more of that size; self-attention the scores of all pairs of
 * places, before and after softmax. Everything is computed in single precision on `cpu` and `wasm`.
 *
 * Measured beside it: the decoder of Stable Diffusion 1.5 (docs/models.md).
 */
export function activations(
  { weights, nodes }: GraphOutline,
  { height, width, rows = 1, heads = 1 }: Run,
): Activations {
  const known = new Map(weights);
  let [plane, total, largest] = [height * width, 0, 0];
  for (const { op, inputs, outputs, stride, area, block } of nodes) {
    const weight = WIDENING.has(op) ? largestOf(inputs, known) : undefined;
    if (weight) known.set(outputs[0]!, weight);
    if (op === "Conv" || op === "ConvInteger") {
      const [out, into] = channelsOf(inputs, area, known);
      const [before, after] = [into * plane, out * plane / stride ** 2];
      total = Math.max(total, before + 3 * after);
      largest = Math.max(largest, before, after);
      plane /= stride ** 2;
    }
    if (op === "ConvTranspose") plane *= stride ** 2;
    if (op === "Resize" || op === "Upsample") plane *= 4;
    if (op === "DepthToSpace") plane *= block ** 2;
    if (op === "SpaceToDepth") plane /= block ** 2;
    if (op === "Softmax") {
      const scores = heads * plane ** 2;
      total = Math.max(total, 2 * scores);
      largest = Math.max(largest, scores);
    }
  }
  return { total: FLOAT * rows * total, largest: FLOAT * rows * largest };
}

/** The weight among a node's inputs; scales and shapes are smaller. */
function largestOf(names: readonly string[], known: ReadonlyMap<string, Weight>): Weight | undefined {
  const weights = names.flatMap((name) => known.get(name) ?? []);
  return weights.sort((a, b) => elements(b.dims) - elements(a.dims))[0];
}

/** Channels out of and into a convolution; kernels that were reshaped still have as many numbers, and one bias a channel. */
function channelsOf(
  [, kernel = "", bias = ""]: readonly string[],
  area: number,
  known: ReadonlyMap<string, Weight>,
): readonly [out: number, into: number] {
  const { dims } = known.get(kernel) ?? { dims: [] };
  const [out = 0, into = 0] = dims;
  if (dims.length === 4) return [out, into];
  const outs = known.get(bias)?.dims[0] ?? out;
  return outs === 0 ? [0, 0] : [outs, elements(dims) / outs / area];
}
