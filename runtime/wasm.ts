/**
 * Graphs on the CPU through WebAssembly: runs everywhere and stays inside Deno's sandbox.
 *
 * @module
 */
import type { InferenceSessionFactory } from "onnxruntime-common";
import type { Device, DeviceOptions, GraphSource } from "./device.ts";
import { HostDevice } from "./host/host_device.ts";
import { keepWorker } from "./onnx/keep_worker.ts";
import { QUIET } from "./onnx/quiet.ts";
import { readGraph } from "./onnx/read_graph.ts";

/** Threads if nobody says otherwise; each is a worker that takes 60 ms and 14 MB to start, so many-core machines use 8. */
export const WASM_THREADS = Math.min(navigator.hardwareConcurrency, 8);

/** Threads of the runtime, which one process can start only once. */
let started: number | undefined;

/**
 * Opens the `wasm` device.
 *
 * @throws {RangeError} if this process already runs onnxruntime-web with another number of threads
 */
export async function openWasm({ threads = WASM_THREADS }: DeviceOptions = {}): Promise<Device> {
  if (started !== undefined && started !== threads) {
    throw new RangeError(`threads is ${threads}, it must be ${started} like at the first opening in this process`);
  }
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web");
  env.wasm.numThreads = started = threads;
  const starting = keepWorker(() => start(InferenceSession));
  return new HostDevice({
    name: "wasm",
    description: `WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    Tensor,
    create: async (graph: GraphSource) => {
      const [{ bytes, externalData }] = await Promise.all([readGraph(graph), starting]);
      return await InferenceSession.create(bytes, { ...QUIET, executionProviders: ["wasm"], externalData });
    },
  });
}

/**
 * Compiles the runtime and starts its threads while the caller reads files. Only the first session does that, so one is
 * created of nothing; if the runtime cannot start, the next one says so, too.
 *
 * In a worker this takes a second longer than elsewhere: Deno 2.9 lets the threads of workers wait 2 × 500 ms for a
 * debugger (https://github.com/denoland/deno/pull/35629).
 */
async function start(session: InferenceSessionFactory): Promise<void> {
  await session.create(new Uint8Array(1), QUIET).catch(() => {});
}
