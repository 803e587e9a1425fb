import { join } from "node:path";
import { graphName } from "../graphs/graph_name.ts";
import { type GraphOutline, readOutline } from "../graphs/graph_outline.ts";
import { ifThere } from "../if_there.ts";
import { RefusedError } from "../store/errors.ts";
import { checkInside } from "../store/graph/external_files.ts";

/** What most of a graph's weights are. */
export type Precision = "fp32" | "fp16" | "int8";

/** What the graph of one part weighs. */
export interface GraphMemory {
  /** Its file, below the model's folder. */
  readonly file: string;
  readonly precision: Precision;
  /** Bytes of its weights. */
  readonly weights: number;
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
  const name = file ?? await graphName(folder, part);
  const path = join(folder, part, name);
  if (!await ifThere(Deno.stat(path))) return undefined;
  const own = await checkInside(folder, path);
  const weights = [...outlineOf(path).weights.values()];
  const sum = (bits?: number) =>
    weights.reduce((total, weight) => total + (bits === undefined || weight.bits === bits ? weight.bytes : 0), 0);
  return {
    file: `${part}/${name}`,
    precision: sum(8) > sum(16) + sum(32) ? "int8" : sum(16) > sum(32) ? "fp16" : "fp32",
    weights: sum(),
    largest: weights.reduce((most, { bytes }) => Math.max(most, bytes), 0),
    own,
  };
}

function outlineOf(path: string): GraphOutline {
  try {
    return readOutline(path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RefusedError(`${path} is no whole ONNX graph: ${error.message}`);
  }
}
