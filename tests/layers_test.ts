import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** What each folder may import from, besides itself; a folder that is not here may import nothing of ours. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  cli: ["routes", "pipeline", "models", "runtime"],
  routes: ["pipeline", "models", "runtime"],
  pipeline: ["models", "runtime"],
  models: ["runtime"],
  runtime: [],
};

/** The one file that may name each onnxruntime package, so that its quirks stay in one place. */
const ONLY_IMPORTER: Readonly<Record<string, string>> = {
  "onnxruntime-web": "runtime/wasm.ts",
  "onnxruntime-web/jspi": "runtime/webgpu.ts",
  "onnxruntime-web/webgpu": "runtime/webgpu.ts",
  "onnxruntime-node": "runtime/cpu.ts",
};

interface Arrow {
  readonly from: string;
  readonly to: string;
}

describe("layers", () => {
  it("import only from folders to their right", async () => {
    const wrong = (await arrows()).filter(({ from, to }) => {
      const [source, target] = [folderOf(from), folderOf(to)];
      return to.startsWith(".") ? true : source !== target && !ARROWS[source]!.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  it("keep each onnxruntime package in one file", async () => {
    const wrong = (await arrows(isPackage)).filter(({ from, to }) => to in ONLY_IMPORTER && ONLY_IMPORTER[to] !== from);
    expect(wrong).toEqual([]);
  });

  it("are all looked at", async () => {
    const seen = new Set((await arrows()).map(({ from }) => folderOf(from)));
    expect([...seen].sort()).toEqual(Object.keys(ARROWS).sort());
  });
});

const isRelative = (specifier: string) => specifier.startsWith(".");
const isPackage = (specifier: string) => !isRelative(specifier);

/** Every import of the sources, tests aside; relative ones as paths from the root. */
async function arrows(wanted = isRelative): Promise<readonly Arrow[]> {
  const found: Arrow[] = [];
  for (const folder of Object.keys(ARROWS)) {
    for await (const file of sourcesIn(join(ROOT, folder))) {
      const text = await Deno.readTextFile(file);
      for (const [, specifier = ""] of text.matchAll(/(?:from|import\(|import|URL\()\s*"([^"]+)"/g)) {
        if (!wanted(specifier)) continue;
        const to = isRelative(specifier) ? relative(ROOT, join(dirname(file), specifier)) : specifier;
        found.push({ from: relative(ROOT, file), to });
      }
    }
  }
  return found;
}

async function* sourcesIn(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && entry.name !== "builtin") yield* sourcesIn(path);
    else if (entry.name.endsWith(".ts") && !entry.name.endsWith("_test.ts")) yield path;
  }
}

function folderOf(path: string): string {
  return path.split("/")[0]!;
}
