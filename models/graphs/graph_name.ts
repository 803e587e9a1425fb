import { join } from "node:path";
import { ifThere } from "../files/if_there.ts";

/** File names of a part's graph, as optimum and transformers.js write them; the first that is there is taken. */
const NAMES = ["model.onnx", "model_fp16.onnx", "model_quantized.onnx", "model_int8.onnx", "model_uint8.onnx"] as const;

/** Where in a part's folder they lie. */
const FOLDERS = ["", "onnx/"] as const;

/**
 * Chooses the graph of one part of a model: the most exact variant in the part's own folder, otherwise in `onnx/` below it,
 * otherwise the one graph that is there under whatever name.
 *
 * @param files paths inside the part's folder
 * @returns one of them, undefined if there is no graph or it would be a guess
 */
export function chooseGraph(files: readonly string[]): string | undefined {
  for (const below of FOLDERS) {
    const graphs = files.filter((file) => file.startsWith(below) && /^[^/]+\.onnx$/.test(file.slice(below.length)));
    const name = NAMES.find((each) => graphs.includes(below + each));
    if (name !== undefined) return below + name;
    if (graphs.length === 1) return graphs[0];
  }
}

/** Finds the graph of one part in a model folder; `model.onnx` if there is none, for the error that it is missing. */
export async function graphName(folder: string, part: string): Promise<string> {
  const files = await Promise.all(FOLDERS.map(async (below) => {
    const entries = await ifThere(Array.fromAsync(Deno.readDir(join(folder, part, below)))) ?? [];
    return entries.map(({ name }) => below + name);
  }));
  return chooseGraph(files.flat()) ?? NAMES[0];
}
