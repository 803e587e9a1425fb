import { join } from "node:path";
import { ifThere } from "../if_there.ts";

/** File names of a part's graph, as optimum and transformers.js write them; the first that is there is taken. */
const NAMES = ["model.onnx", "model_fp16.onnx", "model_quantized.onnx", "model_int8.onnx", "model_uint8.onnx"] as const;

/** Where in a part's folder they lie. */
const FOLDERS = ["", "onnx"] as const;

/**
 * Finds the graph of one part of a model: the most exact variant in the part's own folder, otherwise in `onnx/` below it,
 * otherwise the one graph that is there under whatever name.
 *
 * @returns its path inside the part's folder; `model.onnx` if there is none, for the error that it is missing
 */
export async function graphName(folder: string, part: string): Promise<string> {
  for (const below of FOLDERS) {
    const names = await graphsIn(join(folder, part, below));
    const name = NAMES.find((each) => names.includes(each)) ?? (names.length === 1 ? names[0] : undefined);
    if (name !== undefined) return join(below, name);
  }
  return NAMES[0];
}

async function graphsIn(folder: string): Promise<readonly string[]> {
  const entries = await ifThere(Array.fromAsync(Deno.readDir(folder))) ?? [];
  return entries.map(({ name }) => name).filter((name) => name.endsWith(".onnx"));
}
