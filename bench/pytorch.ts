import { fileURLToPath } from "node:url";
import type { Timings } from "../pipeline/generation.ts";
import type { Contestant } from "./contestant.ts";

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** PyTorch + diffusers in a process of its own, which stays between pictures. */
export interface PyTorch extends Contestant {
  /** GFLOP/s of a large fp32 matrix product. */
  gemm(): Promise<number>;
  /** GFLOP of one evaluation of the guidance pair and of one decode. */
  flops(): Promise<{ readonly pair: number; readonly decode: number }>;
}

/** @throws {Error} if Python ends instead of answering; its own words are on standard error */
export async function openPyTorch(python: string, unetConfig: string, threads: number): Promise<PyTorch> {
  const process = new Deno.Command(python, {
    args: [pathOf("bench/pytorch.py"), String(threads), unetConfig],
    env: { PYTHONPATH: pathOf("training") },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const answers = linesOf(process.stdout);
  const commands = process.stdin.getWriter();
  const answer = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`${python} ended without an answer; install training/requirements.txt for it`);
    return JSON.parse(value);
  };
  const ask = async (command: string) => {
    await commands.write(new TextEncoder().encode(`${command}\n`));
    return await answer();
  };
  const { versions } = await answer();
  return {
    name: `${versions}, ${threads} threads`,
    image: (steps): Promise<Timings> => ask(`image ${steps}`),
    gemm: async () => (await ask("gemm")).gflops,
    flops: () => ask("flops"),
    async [Symbol.asyncDispose]() {
      await commands.close();
      await process.status;
    },
  };
}

async function* linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
