import { join } from "node:path";
import { ifThere } from "../files/if_there.ts";
import { checkInside } from "../store/graph/external_files.ts";
import { graphName } from "./graph_name.ts";

/** The file of a part's graph. */
export interface GraphFile {
  readonly path: string;
  /** How large it is. */
  readonly bytes: number;
}

/**
 * Finds the graph of one part of a model, to look into it; undefined if the part is not there.
 *
 * @param file its path inside the part's folder, for parts that come in several variants; found out if absent
 * @throws {RefusedError} if it is a link out of the folder or a hard link
 */
export async function findGraph(folder: string, part: string, file?: string): Promise<GraphFile | undefined> {
  const path = join(folder, part, file ?? await graphName(folder, part));
  if (!await ifThere(Deno.stat(path))) return undefined;
  return { path, bytes: await checkInside(folder, path) };
}
