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
  for (const { op, inputs, outputs, stride, block } of nodes) {
    const weight = inputs.map((name) => known.get(name)).find((each) => each !== undefined);
    // Quantised weights are a node away from where they are used.
    if (weight && op === "DequantizeLinear") known.set(outputs[0]!, weight);
    if (op === "Conv" || op === "ConvInteger") {
      const [out = 0, into = 0] = kernelOf(inputs, known)?.dims ?? [];
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

function kernelOf(inputs: readonly string[], known: ReadonlyMap<string, Weight>): Weight | undefined {
  return inputs.map((name) => known.get(name)).find((weight) => weight?.dims.length === 4);
}
