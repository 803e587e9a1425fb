import { relative } from "node:path";
import { findGraph } from "../graphs/find_graph.ts";
import { type GraphOutline, readOutline, type Weight } from "../graphs/graph_outline.ts";
import { RefusedError } from "../store/errors.ts";

/** What most of a graph's weights are. */
export type Precision = "fp32" | "fp16" | "int8";

/** Bits of single precision. */
const FLOAT = 32;
/** What makes single precision of weights in fewer bits. */
const WIDENING: ReadonlySet<string> = new Set(["Cast", "DequantizeLinear"]);

/** What the graph of one part weighs. */
export interface GraphMemory {
  /** Its file, below the model's folder. */
  readonly file: string;
  readonly precision: Precision;
  /** Bytes of its weights. */
  readonly weights: number;
  /** Bytes of those that are computed with as they lie there. */
  readonly plain: number;
  /** What the others have in single precision, to which the graph widens them by itself, so that runtimes do it at once. */
  readonly widened: number;
  /** Bytes of the largest of them. */
  readonly largest: number;
  /** Bytes of the graph's own file; protobuf cannot have more than 2 GiB. */
  readonly own: number;
}

/**
 * Reads what a part's graph weighs; undefined if the part is not there.
 *
 * @param file its path inside the part's folder, for parts that come in several variants; found out if absent
 * @throws {RefusedError} with the file's name if it is no ONNX graph, or a link out of the folder
 */
export async function readGraphMemory(folder: string, part: string, file?: string): Promise<GraphMemory | undefined> {
  const graph = await findGraph(folder, part, file);
  if (!graph) return undefined;
  const { weights: named, nodes } = outlineOf(graph.path);
  const weights = [...named.values()];
  const sum = (bits: number) => bytesOf(weights.filter((weight) => weight.bits === bits));
  const widening = new Set(nodes.filter(({ op }) => WIDENING.has(op)).map(({ inputs }) => named.get(inputs[0]!)));
  const widened = weights.filter((weight) => weight.bits < FLOAT && widening.has(weight));
  return {
    file: relative(folder, graph.path),
    precision: sum(8) > sum(16) + sum(32) ? "int8" : sum(16) > sum(32) ? "fp16" : "fp32",
    weights: bytesOf(weights),
    plain: bytesOf(weights) - bytesOf(widened),
    widened: widened.reduce((total, { bytes, bits }) => total + bytes * FLOAT / bits, 0),
    largest: weights.reduce((most, { bytes }) => Math.max(most, bytes), 0),
    own: graph.bytes,
  };
}

function bytesOf(weights: readonly Weight[]): number {
  return weights.reduce((total, { bytes }) => total + bytes, 0);
}

function outlineOf(path: string): GraphOutline {
  try {
    return readOutline(path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RefusedError(`${path} is no whole ONNX graph: ${error.message}`);
  }
}
