import { readWeight } from "../../graphs/graph_weights.ts";

/** The last layer norm of a CLIP text encoder, which is inside the graph behind the last hidden state only. */
export type FinalNorm = (hidden: Float32Array) => Float32Array;

/**
 * Takes the final layer norm out of a text encoder's graph, so that it can be applied to earlier hidden states as diffusers'
 * and AUTOMATIC1111's clip skip do.
 *
 * @param path of the graph
 * @param epsilon `layer_norm_eps` of its config
 * @throws {TypeError} if the graph's weights have other names than transformers gives them
 */
export function readFinalNorm(path: string, epsilon: number): FinalNorm {
  const [weight, bias] = ["weight", "bias"].map((name) => readWeight(path, `final_layer_norm.${name}`));
  if (!weight || !bias) {
    throw new TypeError(
      `${path} has no weight text_model.final_layer_norm.weight, which clip_skip needs; leave it out`,
    );
  }
  return (hidden) => layerNorm(hidden, weight, bias, epsilon);
}

/** Layer normalisation (Ba et al. 2016) of rows as wide as `weight`. */
export function layerNorm(
  rows: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  epsilon: number,
): Float32Array {
  const { length } = weight;
  const out = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += length) {
    const row = rows.subarray(start, start + length);
    const mean = row.reduce((sum, value) => sum + value, 0) / length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < length; i++) out[start + i] = (row[i]! - mean) * scale * weight[i]! + bias[i]!;
  }
  return out;
}
