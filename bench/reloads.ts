/**
 * Memory of the process while models are loaded and unloaded: `bench/reloads.ts [--help]`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readModelInfo } from "../models/model_info.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";
import { DEVICE_NAMES, type DeviceName } from "../runtime/device.ts";

const HELP = `Usage: bench/reloads.ts [options] [folder of a model]

Loads a model in a worker, makes a picture and ends the worker, again and again, and tells how the memory of the process
(its resident set) grows. The first tenth warms up.

  --device <name>    wasm, cpu or webgpu (default: wasm)
  --threads <count>  (default: 2)
  --times <count>    (default: 100)`;
const TINY = fileURLToPath(new URL("../tests/models/tiny-sd", import.meta.url));

/** Megabytes that the process holds. */
const resident = () => Deno.memoryUsage().rss / 1e6;

/** Loads a model, makes a picture and unloads it, so often; gives the megabytes after each. */
export async function reload(folder: string, device: DeviceName, threads: number, times: number): Promise<number[]> {
  const model = await readModelInfo(folder);
  const { request } = await readRequest({ ...(model.text && { prompt: "a" }), seed: 1, steps: 1 }, [model]);
  const seen: number[] = [];
  for (let i = 0; i < times; i++) {
    const generator = await openGenerate({ model, device, threads });
    await Array.fromAsync(generator.generate(request, { signal: new AbortController().signal }));
    await generator[Symbol.asyncDispose]();
    seen.push(resident());
  }
  return seen;
}

if (import.meta.main) {
  const { values, positionals: [folder = TINY] } = parseArgs({
    allowPositionals: true,
    options: {
      device: { type: "string", default: "wasm" },
      threads: { type: "string", default: "2" },
      times: { type: "string", default: "100" },
      help: { type: "boolean", default: false },
    },
  });
  const device = DEVICE_NAMES.find((name) => name === values.device);
  if (values.help || !device) {
    console.log(HELP);
    Deno.exit(values.help ? 0 : 2);
  }
  const times = Number(values.times);
  const seen = await reload(resolve(folder), device, Number(values.threads), times);
  const warm = Math.ceil(times / 10);
  const medianOf = (part: readonly number[]) => part.toSorted((a, b) => a - b)[part.length >> 1]!;
  const [first, last] = [medianOf(seen.slice(warm, 2 * warm)), medianOf(seen.slice(-warm))];
  console.log(
    `${device}, ${values.threads} threads, ${times} times: ${first.toFixed(0)} MB after ${warm} to ${2 * warm}, ` +
      `${last.toFixed(0)} MB in the end, at most ${Math.max(...seen).toFixed(0)} MB; grown by ${
        (last - first).toFixed(0)
      } MB`,
  );
  Deno.exit();
}
