/**
 * Time of a step and peak memory of a model in the shape of Stable Diffusion 1.5 on a CPU, beside other programs with the
 * same weights; each picture is a process of its own, and they take turns. Linux only, for the memory is read in `/proc`.
 *
 *     python training/reference/sd15_shape.py sd15/fp32 fp32      # and int8, fp16, diffusers
 *     deno run --allow-all --lock=native.lock bench/full_size.ts --python .venv/bin/python \
 *       --diffusers sd15/diffusers sd15/fp32 sd15/int8
 *
 * @module
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Timings } from "../pipeline/generation.ts";
import { countOf } from "./options.ts";
import { ratio, table } from "./table.ts";

const HELP = `Usage: bench/full_size.ts [options] <folder of a model> ...

  --diffusers <folder>  the same weights as diffusers keeps them; needed for the other programs
  --with <names>        which other programs, with commas (default: diffusers,stable-diffusion.cpp)
  --python <name>       a Python with diffusers and stable-diffusion-cpp-python installed (default: python3)
  --rounds <number>     pictures of each (default: 3)
  --steps <number>      steps of a picture (default: 4), without guidance
  --threads <number>    threads of each (default: 2)`;

/** A program that makes one picture of 512x512 and ends. */
interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
  /** Bytes of the weights as it reads them. */
  readonly weights: number;
}

/** What one picture took. */
interface Run {
  readonly name: string | undefined;
  readonly timings: Timings;
  /** Milliseconds from the start of the process to its end. */
  readonly whole: number;
  /** Most bytes that were resident at once. */
  readonly peak: number;
}

const { values: options, positionals: folders } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    diffusers: { type: "string" },
    with: { type: "string", default: "diffusers,stable-diffusion.cpp" },
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "4" },
    threads: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});
if (options.help || (folders.length === 0 && options.diffusers === undefined)) {
  console.log(HELP);
  Deno.exit(options.help ? 0 : 2);
}
const rounds = countOf("rounds", options.rounds);
const steps = countOf("steps", options.steps);
const threads = countOf("threads", options.threads);

const contestants = [...others(), ...folders.map(latentd)];
const runs = contestants.map((): Run[] => []);
for (let round = 0; round < rounds; round++) {
  for (const [index, contestant] of contestants.entries()) runs[index]!.push(await run(contestant));
}

console.log(`512x512, ${steps} steps without guidance, ${threads} threads, ${rounds} rounds\n`);
console.log(table(
  [
    "",
    "s a step",
    "s of decoding",
    "s of the process",
    "first / this, step",
    "weights GB",
    "peak GB",
    "peak / weights",
  ],
  contestants.map(({ name, weights }, index) => {
    const own = runs[index]!;
    const seconds = (of: (run: Run) => number) => ratio(own.map((run) => of(run) / 1000));
    const peak = Math.max(...own.map((run) => run.peak));
    return [
      own[0]!.name ?? name,
      seconds(({ timings }) => timings.denoise / steps),
      seconds(({ timings }) => timings.decode),
      seconds(({ whole }) => whole),
      ratio(own.map(({ timings }, round) => runs[0]![round]!.timings.denoise / timings.denoise)),
      (weights / 1e9).toFixed(2),
      (peak / 1e9).toFixed(2),
      (peak / weights).toFixed(2),
    ];
  }),
));

function latentd(folder: string): Contestant {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const flags = ["--device", "cpu", "--threads", String(threads), "--steps", String(steps), "--guidance", "1"];
  const size = ["--size", "512x512", "--seed", "0", "--scheduler", "ddim"];
  const command = [Deno.execPath(), "run", "--allow-all", "--lock=native.lock", main, "generate", "a red apple"];
  return {
    name: `latentd, \`cpu\`, ${basename(folder)}`,
    command: [...command, "--model", folder, ...flags, ...size, "--json", "-o", "/dev/null"],
    weights: sizeOf(folder, (name) => name !== "vae_encoder"),
  };
}

function others(): readonly Contestant[] {
  const { diffusers: folder } = options;
  if (folder === undefined) return [];
  const script = fileURLToPath(new URL("full_size.py", import.meta.url));
  return options.with.split(",").map((name) => ({
    name,
    command: [options.python, script, name, folder, String(steps), String(threads)],
    weights: sizeOf(folder),
  }));
}

async function run({ name, command: [program, ...args] }: Contestant): Promise<Run> {
  const start = performance.now();
  const process = new Deno.Command(program!, { args, stdout: "piped", stderr: "piped" }).spawn();
  let peak = 0;
  const watch = setInterval(() => peak = Math.max(peak, residentBytes(process.pid)), 50);
  const { success, stdout, stderr } = await process.output();
  clearInterval(watch);
  const text = new TextDecoder().decode(success ? stdout : stderr).trim();
  if (!success) throw new Error(`${name} failed: ${text}`);
  const told = JSON.parse(text.split("\n").at(-1)!);
  return { name: told.name, timings: told.timings ?? told, whole: performance.now() - start, peak };
}

/** Most bytes that a process had resident so far; 0 once it has ended. */
function residentBytes(pid: number): number {
  try {
    const kilobytes = /VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return 1024 * Number(kilobytes ?? 0);
  } catch {
    return 0;
  }
}

/** Bytes of the files in a model's folder whose top-level names are wanted. */
function sizeOf(folder: string, wanted: (name: string) => boolean = () => true): number {
  let bytes = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (!wanted(name)) continue;
    const path = join(folder, name);
    bytes += isDirectory ? sizeOf(path) : Deno.statSync(path).size;
  }
  return bytes;
}
