/**
 * Speed of every device beside PyTorch + diffusers: all take turns in one run, so that a noisy machine is noisy for all.
 * `deno task bench --help` tells the options.
 *
 * @module
 */
import { join } from "node:path";
import { findModels } from "../models/catalog.ts";
import { readModelInfo } from "../models/model_info.ts";
import type { Timings } from "../pipeline/generation.ts";
import { timeColdStarts } from "./cold_start.ts";
import type { Contestant } from "./contestant.ts";
import { openLatentd } from "./latentd.ts";
import { readOptions } from "./options.ts";
import { openPyTorch } from "./pytorch.ts";
import { milliseconds, ratio, table } from "./table.ts";

const options = readOptions(Deno.args);
const { rounds, steps, threads } = options;
const model = options.model === undefined ? (await findModels())[0]! : await readModelInfo(options.model);

await using open = new AsyncDisposableStack();
const pytorch = open.use(await openPyTorch(options.python, join(model.folder, "unet", "config.json"), threads));
const devices: Contestant[] = [];
for (const device of options.devices) devices.push(open.use(await openLatentd(model, device, threads)));
const contestants = [pytorch, ...devices];
const { pair } = await pytorch.flops();

const first: Timings[] = [];
for (const contestant of contestants) first.push(await contestant.image(steps));
const runs = contestants.map((): Timings[] => []);
const gemm: number[] = [];
for (let round = 0; round < rounds; round++) {
  gemm.push(await pytorch.gemm());
  for (const [index, contestant] of contestants.entries()) runs[index]!.push(await contestant.image(steps));
}

const peak = Math.max(...gemm);
console.log(`${model.name} ${model.hash}, ${steps} steps with guidance, ${threads} threads, ${rounds} rounds`);
console.log(`GEMM peak ${peak.toFixed(0)} GFLOP/s; one evaluation of the guidance pair ${pair.toFixed(2)} GFLOP\n`);
console.log(table(
  ["", "total ms", "text", "denoise", "decode", "first total", "PyTorch / this", "GFLOP/s", "of peak"],
  contestants.map((contestant, index) => {
    const own = runs[index]!;
    const rate = own.map(({ denoise }) => pair * steps / (denoise / 1000));
    return [
      contestant.name,
      milliseconds(own.map(total)),
      ...(["text", "denoise", "decode"] as const).map((stage) => milliseconds(own.map((run) => run[stage]))),
      total(first[index]!).toFixed(0),
      ratio(runs[0]!.map((reference, round) => total(reference) / total(own[round]!))),
      milliseconds(rate),
      ratio(rate.map((rate) => rate / peak)),
    ];
  }),
));
await open.disposeAsync();

if (options.cold) console.log(await timeColdStarts(options.devices, rounds, steps));

function total({ text, denoise, decode }: Timings): number {
  return text + denoise + decode;
}
