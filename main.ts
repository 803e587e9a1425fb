/**
 * The composition root: what is made here is handed down; nothing else constructs things.
 *
 * @module
 */
import { run } from "./cli/run.ts";
import type { Output, World } from "./cli/world.ts";
import config from "./deno.json" with { type: "json" };
import { findModels } from "./models/catalog.ts";
import { heldBytes } from "./models/memory/memory_plan.ts";
import { readModelMemory } from "./models/memory/model_memory.ts";
import { readModelInfo } from "./models/model_info.ts";
import { readSettings, verdictFolder } from "./models/store/settings.ts";
import type { Generator } from "./pipeline/generator.ts";
import { openGenerate } from "./pipeline/worker/worker_client.ts";
import type { OpenOptions } from "./pipeline/worker/worker_messages.ts";

/** Milliseconds within which signals count as one: npx passes on an interrupt that the terminal sends us, too. */
const SAME_SIGNAL = 500;

if (import.meta.main) {
  const env = (name: string) => Deno.env.get(name);
  const signal = interruption();
  const store = readSettings(env);
  const verdicts = verdictFolder(store);
  /** The cache comes first: `models verify` writes there. */
  const known = (options: OpenOptions): OpenOptions => ({
    ...options,
    verdicts: [...(verdicts === undefined ? [] : [verdicts]), ...options.verdicts ?? []],
  });
  const world: World = {
    version: `latentd ${config.version}`,
    findModels,
    readModel: readModelInfo,
    modelBytes: async ({ folder }, device, plan) => heldBytes(await readModelMemory(folder, device), plan),
    memory: () => Deno.systemMemoryInfo().total,
    openGenerate: (options, tell) => openUntilExit(known(options), tell, signal),
    openFirstStage: async (options, tell) =>
      (await import("./pipeline/first_stage/first_stage.ts")).openFirstStage(known(options), tell),
    // Only one command needs a database.
    openState: async (folder) => (await import("./pipeline/jobs/store/state_folder.ts")).openStateFolder(folder),
    env,
    store,
    stdout: toOutput(Deno.stdout),
    stderr: toOutput(Deno.stderr),
    signal,
  };
  Deno.exit(await run(Deno.args, world));
}

/**
 * Leaves a worker that is in use to the end of the process, when that is near: exiting while a terminated worker is still
 * being taken down crashed in 7 of 69 runs with onnxruntime-node after a look at software Vulkan (Deno 2.9.6, exit code 139).
 */
async function openUntilExit(
  options: OpenOptions,
  tell: (text: string) => void,
  end: AbortSignal,
): Promise<Generator> {
  const generator = await openGenerate(options, tell);
  const isLast = () => options.thread === "this" || end.aborted;
  const close = () => isLast() ? Promise.resolve() : generator[Symbol.asyncDispose]();
  return { ...generator, [Symbol.asyncDispose]: close };
}

/** Aborts at the first signal that asks the process to end; the second ends it at once. */
function interruption(): AbortSignal {
  const interrupt = new AbortController();
  let first = Infinity;
  for (const name of Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      if (performance.now() - first > SAME_SIGNAL) Deno.exit(130);
      first = Math.min(first, performance.now());
      interrupt.abort(new Error(`Interrupted by ${name}`));
    });
  }
  return interrupt.signal;
}

function toOutput(stream: typeof Deno.stdout | typeof Deno.stderr): Output {
  return {
    isTerminal: () => stream.isTerminal(),
    async write(data) {
      let rest = typeof data === "string" ? new TextEncoder().encode(data) : data;
      while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
    },
  };
}
