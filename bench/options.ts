import { parseArgs } from "node:util";
import { DEVICE_NAMES, type DeviceName } from "../runtime/device.ts";

const HELP = `Usage: deno task bench [options]

  --devices <names>  which devices, with commas (default: cpu,wasm; software webgpu takes half a minute a picture)
  --model <folder>   which model (default: the built-in one)
  --python <name>    a Python with training/requirements.txt installed (default: python3)
  --rounds <number>  counted pictures of each (default: 5), after one to warm up
  --steps <number>   steps of a picture (default: 20), each with guidance
  --threads <number> threads of each (default: 2)
  --cold             time whole processes of \`generate\`, too`;

/** What is measured, and how often. */
export interface BenchOptions {
  readonly devices: readonly DeviceName[];
  /** Folder of the model; the built-in one if absent. */
  readonly model?: string;
  readonly python: string;
  readonly rounds: number;
  readonly steps: number;
  readonly threads: number;
  readonly cold: boolean;
}

/**
 * Reads the command line; ends the process after `--help`.
 *
 * @throws {TypeError} or {RangeError} that names the wrong option
 */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: "string", default: "cpu,wasm" },
      model: { type: "string" },
      python: { type: "string", default: "python3" },
      rounds: { type: "string", default: "5" },
      steps: { type: "string", default: "20" },
      threads: { type: "string", default: "2" },
      cold: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    Deno.exit();
  }
  return {
    devices: values.devices.split(",").map(deviceOf),
    ...(values.model !== undefined && { model: values.model }),
    python: values.python,
    rounds: countOf("rounds", values.rounds),
    steps: countOf("steps", values.steps),
    threads: countOf("threads", values.threads),
    cold: values.cold,
  };
}

/** A device by name. @throws {RangeError} that tells the names */
export function deviceOf(name: string): DeviceName {
  const device = DEVICE_NAMES.find((known) => known === name);
  if (device) return device;
  throw new RangeError(`--devices has ${JSON.stringify(name)}; choose from ${DEVICE_NAMES.join(", ")}`);
}

/** The number of an option. @throws {RangeError} that names the option unless it is whole and above 0 */
export function countOf(option: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new RangeError(`--${option} is ${JSON.stringify(text)}; it must be a whole number above 0`);
}
