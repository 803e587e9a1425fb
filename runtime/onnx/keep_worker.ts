/**
 * Does the work and puts `globalThis.Worker` back: when onnxruntime-web starts, Emscripten takes Deno for Node and replaces
 * the class by that of node:worker_threads, whose workers have no `self`. Its own threads are all running by then. May go
 * when Emscripten leaves the global alone.
 */
export async function keepWorker<T>(work: () => Promise<T>): Promise<T> {
  const kept = Object.getOwnPropertyDescriptor(globalThis, "Worker")!;
  try {
    return await work();
  } finally {
    Object.defineProperty(globalThis, "Worker", kept);
  }
}
