/**
 * What clients of a server see who all ask at once: pictures a minute and how long each waits, with one request at a time
 * and with several that share evaluations; and how soon the device is free after a cancel. All settings take turns in one
 * run, so that a noisy machine is noisy for all. `bench/clients.ts --help` tells the options.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { findModels } from "../models/catalog.ts";
import type { Generate } from "../pipeline/generation.ts";
import type { Generator } from "../pipeline/generator.ts";
import { Jobs } from "../pipeline/jobs/jobs.ts";
import { openStateFolder } from "../pipeline/jobs/store/state_folder.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";
import { countOf, deviceOf } from "./options.ts";
import { median, milliseconds, quantile, ratio, table } from "./table.ts";

const HELP = `Usage: deno run --allow-all --lock=native.lock bench/clients.ts [options]

  --devices <names>    which devices, with commas (default: cpu,wasm)
  --clients <numbers>  how many clients, with commas (default: 1,4,16); each asks again when it has its picture
  --at-once <numbers>  how many requests run at once, with commas (default: 1,4); the first is what others are compared with
  --pictures <number>  pictures of one measurement (default: 16)
  --rounds <number>    how often each is measured (default: 3)
  --steps <number>     steps of a picture (default: 20), each with guidance
  --threads <number>   threads of each device (default: 2)`;

/** What a number of clients saw: pictures a minute, and milliseconds from request to picture. */
interface Seen {
  readonly rate: number;
  readonly latencies: readonly number[];
}

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "cpu,wasm" },
    clients: { type: "string", default: "1,4,16" },
    "at-once": { type: "string", default: "1,4" },
    pictures: { type: "string", default: "16" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "20" },
    threads: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  Deno.exit();
}
const clients = values.clients.split(",").map((text) => countOf("clients", text));
const slots = values["at-once"].split(",").map((text) => countOf("at-once", text));
const [pictures, rounds, steps, threads] = (["pictures", "rounds", "steps", "threads"] as const)
  .map((name) => countOf(name, values[name])) as [number, number, number, number];
const [model] = await findModels();

for (const name of values.devices.split(",")) {
  await using generator = await openGenerate({ model: model!, device: deviceOf(name), threads });
  console.log(`${model!.name} ${model!.hash}, ${steps} steps with guidance, ${pictures} pictures, ${rounds} rounds`);
  console.log(`${name} (${generator.device.description})\n`);
  console.log(await compareSlots(generator));
  console.log(`\n${await timeCancels(generator.generate)}\n`);
}

async function compareSlots(generator: Generator): Promise<string> {
  await timeClients(generator.generate, 1, 2);
  const seen = clients.map(() => slots.map((): Seen[] => []));
  for (let round = 0; round < rounds; round++) {
    for (const [row, count] of clients.entries()) {
      for (const [column, atOnce] of slots.entries()) {
        seen[row]![column]!.push(await withJobs(generator, atOnce, (work) => timeClients(work, count, pictures)));
      }
    }
  }
  const rows = clients.flatMap((count, row) =>
    slots.map((atOnce, column) => {
      const own = seen[row]![column]!;
      const reference = seen[row]![0]!;
      const latencies = own.flatMap(({ latencies }) => latencies);
      return [
        String(count),
        String(atOnce),
        milliseconds(own.map(({ rate }) => rate)),
        quantile(latencies, 0.5).toFixed(0),
        quantile(latencies, 0.95).toFixed(0),
        ratio(own.map(({ rate }, round) => rate / reference[round]!.rate)),
        (quantile(latencies, 0.95) / quantile(reference.flatMap(({ latencies }) => latencies), 0.95)).toFixed(2),
      ];
    })
  );
  const first = slots[0];
  return table(
    [
      "clients",
      "at once",
      "pictures/min",
      "p50 ms",
      "p95 ms",
      `pictures/min to ${first} at once`,
      `p95 to ${first} at once`,
    ],
    rows,
  );
}

/** The queue of the server, with so many slots. */
async function withJobs<T>(
  { generate, model }: Generator,
  slots: number,
  use: (work: Generate) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    using store = openStateFolder(folder);
    const jobs = new Jobs({
      work: generate,
      store,
      limit: 1000,
      slots,
      encode: () => Promise.reject(new Error("Nothing is stored")),
      hashOf: () => model.hash,
      explain: (error) => ({ code: "failed", message: String(error) }),
    });
    jobs.start();
    return await use(jobs.generate);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function timeClients(work: Generate, clients: number, pictures: number): Promise<Seen> {
  const latencies: number[] = [];
  let asked = 0;
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, async () => {
    while (asked < pictures) {
      const began = performance.now();
      const { request } = await readRequest({ prompt: "red apple, fluent style", seed: asked++, steps, guidance: 4 }, [
        model!,
      ]);
      for await (const _ of work(request, { signal: new AbortController().signal }));
      latencies.push(performance.now() - began);
    }
  }));
  return { rate: pictures * 60_000 / (performance.now() - start), latencies };
}

/** Cancels long requests at any moment of a step, and waits until the worker has ended them. */
async function timeCancels(generate: Generate): Promise<string> {
  const { request } = await readRequest({ prompt: "red apple", seed: 0, steps: 1000, guidance: 4 }, [model!]);
  const times: number[] = [];
  const stepTimes: number[] = [];
  for (let round = 0; round < 10; round++) {
    const abort = new AbortController();
    let canceled = 0;
    let last = performance.now();
    const seen: number[] = [];
    try {
      for await (const event of generate(request, { signal: abort.signal })) {
        if (event.type !== "step") continue;
        seen.push(performance.now() - last);
        last = performance.now();
        if (event.step !== 5) continue;
        setTimeout(() => {
          canceled = performance.now();
          abort.abort();
        }, median(seen) * round / 10);
      }
    } catch {
      times.push(performance.now() - canceled);
      stepTimes.push(...seen.slice(1));
    }
  }
  return `canceled: the device is free after ${milliseconds(times)} ms; a step takes ${milliseconds(stepTimes)} ms`;
}
