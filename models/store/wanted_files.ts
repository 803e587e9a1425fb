import { chooseGraph } from "../graphs/graph_name.ts";

/** Folders of a pipeline that no picture needs. */
const IGNORED = /^(safety_checker|feature_extractor)\//;

/** Whether a file is a config or belongs to a tokenizer: the small files, which tell what else is needed. */
export function isConfigFile(path: string): boolean {
  if (path === "model_index.json") return true;
  return /^[^/]+\/[^/]+\.(json|txt|model)$/.test(path) && !IGNORED.test(path) &&
    !/\.index(\.[^./]+)?\.json$/.test(path);
}

/**
 * The graphs to load, out of all paths of a model: the one of each part that will be used, and the variants that its config
 * names.
 *
 * @param readConfig parsed `config.json` of a part, if it has one
 */
export async function graphFiles(
  paths: readonly string[],
  readConfig: (path: string) => Promise<unknown>,
): Promise<readonly string[]> {
  const parts = new Set(
    paths.filter((path) => /^[^/]+\/(onnx\/)?[^/]+\.onnx$/.test(path) && !IGNORED.test(path)).map(partOf),
  );
  const wanted = await Promise.all([...parts].map(async (part) => {
    const config = paths.includes(`${part}/config.json`) ? await readConfig(`${part}/config.json`) : undefined;
    const variants = (config as { graphs?: unknown } | null | undefined)?.graphs ?? {};
    const files = paths.filter((path) => partOf(path) === part).map((path) => path.slice(part.length + 1));
    return [chooseGraph(files), ...Object.values(variants)].map((name) => `${part}/${name}`);
  }));
  return paths.filter((path) => wanted.flat().includes(path));
}

function partOf(path: string): string {
  return path.slice(0, path.indexOf("/"));
}
