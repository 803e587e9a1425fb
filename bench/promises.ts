/**
 * What a server promises and figures show, measured on a real one over HTTP: that it answers while a job computes, that it
 * refuses at once when its queue is full, and that its memory does not grow. `bench/promises.ts --help` tells the options.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { countOf } from "./options.ts";
import { quantile, table } from "./table.ts";

const HELP = `Usage: deno run --allow-all --lock=native.lock bench/promises.ts [options]

  --seconds <number>  how long /livez is asked, idle and under work (default: 20)
  --queue <number>    how many requests may wait before further ones are refused (default: 16)
  --jobs <number>     jobs with a tiny model while memory is watched (default: 1000)
  --threads <number>  threads of wasm (default: 2)`;

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TINY = join(ROOT, "tests/models/tiny-ldm-text");
const MEGABYTE = 1_000_000;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    queue: { type: "string", default: "16" },
    jobs: { type: "string", default: "1000" },
    threads: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  Deno.exit();
}
const [seconds, queue, jobs, threads] = (["seconds", "queue", "jobs", "threads"] as const)
  .map((name) => countOf(name, values[name])) as [number, number, number, number];

await withServer([], async (url) => {
  const idle = await timeProbes(url, 1000 * seconds);
  const work = new AbortController();
  const busy = keepBusy(url, work.signal);
  const under = await timeProbes(url, 1000 * seconds);
  work.abort();
  await busy;
  console.log(`/livez, asked every 10 ms for ${seconds} s, built-in model on wasm with ${threads} threads\n`);
  console.log(
    table(["", "probes", "p50 ms", "p99 ms", "longest ms"], [["idle", ...told(idle)], ["under work", ...told(under)]]),
  );
});
await withServer(["--queue", String(queue)], async (url) => {
  const { statuses, together, alone } = await overfill(url);
  console.log(`\n${queue} may wait and 1 runs; ${queue + 11} clients ask at once: ${statuses}\n`);
  console.log(
    table(["", "answers", "p50 ms", "p99 ms", "longest ms"], [["429, at once", ...told(together)], [
      "429, alone",
      ...told(alone),
    ]]),
  );
});
await withServer(["--model", TINY], async (url) => {
  const rows = await watchMemory(url);
  console.log(
    `\n${jobs} jobs of ${TINY.slice(ROOT.length)}, one after the other, stored ones and attached ones in turn\n`,
  );
  console.log(table(["jobs", "process MB", "JavaScript heap MB"], rows));
});

/** Starts `latentd serve`, waits until it is ready, and ends it. */
async function withServer(flags: readonly string[], use: (url: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const args = ["run", "--allow-all", join(ROOT, "main.ts"), "serve", "--port", "0", "--device", "wasm"];
  const server = new Deno.Command(Deno.execPath(), {
    args: [...args, "--threads", String(threads), "--state", folder, "--log-format", "json", ...flags],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ready = Promise.withResolvers<string>();
  let log = "";
  const reading = server.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(text) {
        if (log.includes('"ready:')) return;
        log += text;
        if (log.includes('"ready:')) ready.resolve(/listens on (\S+);/.exec(log)![1]!);
      },
    }),
  );
  void server.status.then(({ code }) => ready.reject(new Error(`The server ended with ${code}: ${log}`)));
  try {
    await use(await ready.promise);
  } finally {
    server.kill("SIGTERM");
    await server.status;
    await reading;
    await Deno.remove(folder, { recursive: true });
  }
}

/** Milliseconds of each probe, one every 10 ms. */
async function timeProbes(url: string, time: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (const end = performance.now() + time; performance.now() < end;) {
    const start = performance.now();
    await (await fetch(`${url}/livez`)).bytes();
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return times;
}

/** Asks for one picture after the other, with previews, until told to stop. */
async function keepBusy(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fetch(`${url}/v1/generate?prompt=a+red+apple&steps=50&previews=10`, { signal })
      .then((answer) => answer.bytes()).catch(() => {});
  }
}

/** What those are answered who ask when the queue is full, and how soon. */
interface Refusals {
  /** Of ten more than fit, all at once; those that fit never get that far. */
  readonly statuses: string;
  readonly together: readonly number[];
  /** Of ten who asked one after the other. */
  readonly alone: readonly number[];
}

/** Overfills the queue of a server that has made a picture before. */
async function overfill(url: string): Promise<Refusals> {
  const enough = new AbortController();
  const ask = async (steps: number) => {
    const start = performance.now();
    const answer = await fetch(`${url}/v1/generate?prompt=a+red+apple&steps=${steps}`, { signal: enough.signal });
    await answer.bytes();
    return { status: answer.status, time: performance.now() - start, waits: answer.headers.has("retry-after") };
  };
  await ask(4);
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  const asked = Array.from({ length: queue + 11 }, () => ask(1000).then((answer) => answers.push(answer)));
  while (answers.length < 10) await new Promise((resolve) => setTimeout(resolve, 5));
  const together = [...answers];
  const alone: number[] = [];
  for (let i = 0; i < 10; i++) alone.push((await ask(1000)).time);
  enough.abort();
  await Promise.allSettled(asked);
  const right = together.filter(({ status, waits }) => status === 429 && waits).length;
  const statuses = `${right} of ${together.length} answers are 429 with retry-after, ${
    asked.length - answers.length
  } are taken`;
  return { statuses, together: together.map(({ time }) => time), alone };
}

/** The process's memory after each tenth of the jobs. */
async function watchMemory(url: string): Promise<readonly string[][]> {
  const rows: string[][] = [];
  for (let done = 0; done <= jobs; done++) {
    if (done % Math.ceil(jobs / 10) === 0) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const of = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)![1]) / MEGABYTE;
      rows.push([String(done), of("process_resident_memory_bytes").toFixed(0), of("process_heap_bytes").toFixed(0)]);
    }
    if (done === jobs) break;
    const body = JSON.stringify({ prompt: "a red apple", steps: 2, seed: done });
    const post = { method: "POST", headers: { "content-type": "application/json" }, body };
    if (done % 2 === 0) {
      await (await fetch(`${url}/v1/generate`, post)).bytes();
      continue;
    }
    const { events_url, url: at } = await (await fetch(`${url}/v1/jobs`, post)).json();
    await (await fetch(`${url}${events_url}`)).text();
    await (await fetch(`${url}${at}?forget=true`, { method: "DELETE" })).bytes();
  }
  return rows;
}

function told(times: readonly number[]): readonly string[] {
  return [String(times.length), ...[0.5, 0.99, 1].map((part) => quantile(times, part).toFixed(1))];
}
