import { Command } from "commander";
import { resolve } from "node:path";
import { readModelInfo } from "../../models/model_info.ts";
import { parseSource, type SourceName } from "../../models/store/sources/source_name.ts";
import { bring, PATIENCE } from "../../models/store/store.ts";
import { shownBytes } from "../progress/bytes.ts";
import { PullLine } from "../progress/pull_line.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

const HELP = `
Sources:
  hf:owner/name[@revision]     a model of the Hugging Face hub, exported to ONNX
  https://host/.../            a folder on a web server that has a manifest.json
  path/to/folder               a folder here, which is copied

Only configs, tokenizers and the ONNX graphs that are used are fetched. Models of the hub go into the cache that other
tools share (HF_HUB_CACHE, HF_HOME); HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE are honoured. What was interrupted goes
on where it stopped. The model's folder is told on standard output.`;

interface Flags {
  readonly to?: string;
  readonly quiet?: true;
}

/** `latentd pull`: a model from elsewhere. */
export function pullCommand(world: World): Command {
  return new Command("pull")
    .description("Fetch a model, and check every byte of it")
    .argument("<source>", "Where it is")
    .option("--to <folder>", "Put it there, in place of the cache")
    .option("-q, --quiet", "Tell nothing but the folder and errors")
    .addHelpText("after", HELP)
    .action((source: string, flags: Flags) => pullModel(source, flags, world));
}

async function pullModel(text: string, { to, quiet }: Flags, world: World): Promise<void> {
  const source = await readSource(text);
  const line = new PullLine(world.stderr, quiet);
  const patience = { ...PATIENCE, ...world.patience, signal: world.signal };
  const { folder, fetched } = await (async () => {
    try {
      return await bring(source, to && resolve(to), world.store, patience, line);
    } finally {
      await line.end();
    }
  })();
  await world.stdout.write(`${folder}\n`);
  if (quiet) return;
  await world.stderr.write(
    fetched > 0 ? `${shownBytes(fetched)} checked and stored\n` : "All of it was here already\n",
  );
  const obstacle = await readModelInfo(folder).then(() => undefined, (error: Error) => error);
  if (obstacle) await world.stderr.write(`note: it cannot be used yet: ${obstacle.message}\n`);
}

async function readSource(text: string): Promise<SourceName> {
  try {
    const source = parseSource(text);
    if (source.kind !== "folder") return source;
    if (await Deno.stat(text).then(({ isDirectory }) => isDirectory, () => false)) return source;
    const hint = /^[\w.-]+\/[\w.-]+$/.test(text) ? `; if the hub is meant, name it hf:${text}` : "";
    throw new UsageError(`source is ${JSON.stringify(text)}, but there is no such folder${hint}`);
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(error.message) : error;
  }
}
