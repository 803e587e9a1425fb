import { basename } from "node:path";
import type { GraphSource } from "../device.ts";
import { widenGraph } from "./widen_graph.ts";

/** A graph in memory. */
export interface GraphBytes {
  readonly bytes: Uint8Array;
  /** The files with its weights, under the names by which the graph refers to them. */
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** Reads a graph and the files with its weights whole, in single precision if that is wanted. */
export async function readGraph({ path, external, widened }: GraphSource): Promise<GraphBytes> {
  const read = external.map(async (file) => ({ path: basename(file), data: await Deno.readFile(file) }));
  const [bytes, externalData] = await Promise.all([Deno.readFile(path), Promise.all(read)]);
  if (!widened) return { bytes, externalData };
  return { bytes: widenGraph(bytes, new Map(externalData.map(({ path, data }) => [path, data]))), externalData: [] };
}
