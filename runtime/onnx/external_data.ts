import { basename } from "node:path";
import type { GraphSource } from "../device.ts";

/** The files with a graph's weights, read whole, under the names by which the graph refers to them. */
export function externalData(graph: GraphSource): Promise<{ path: string; data: Uint8Array }[]> {
  return Promise.all(graph.external.map(async (path) => ({ path: basename(path), data: await Deno.readFile(path) })));
}
