/**
 * Ends the threads that onnxruntime-web starts beside the worker it runs in.
 *
 * Deno 2.9.6 does not end a worker that is blocked in WebAssembly, not even by `terminate`
 * (https://github.com/denoland/deno/issues/14003 is about how it works), and an idle thread of the runtime is blocked. It would
 * hold on to the whole heap: 300 MB for each time that emoji-128 was loaded and unloaded. So threads are cancelled as
 * `pthread_cancel` does it, which the runtime does not export: by a flag in their `struct pthread`, and a wake-up.
 *
 * May go when Deno's `terminate` ends blocked workers, or the runtime its threads.
 *
 * @module
 */
import threads from "node:worker_threads";

/** Where musl's `struct pthread` has what is needed, in 32-bit words, as Emscripten lays it out. */
const STRUCT = { self: 0, cancel: 9, stackTop: 13, stackSize: 14 } as const;
/** What Emscripten calls its workers. */
const THREAD = "em-pthread";
/** Milliseconds between wake-ups: a thread may spin before it waits. */
const PAUSE = 20;
const ATTEMPTS = 100;

/** A worker that runs a thread. */
interface Thread {
  readonly worker: threads.Worker;
  memory?: WebAssembly.Memory | undefined;
  /** Address of its `struct pthread` once it runs. */
  address?: number | undefined;
}

const known: Thread[] = [];

/** Remembers the threads that the runtime starts from now on in this worker. */
export function watchThreads(): void {
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    readonly #thread: Thread | undefined;

    constructor(script: string | URL, options: threads.WorkerOptions = {}) {
      const isThread = options.workerData === THREAD;
      super(isThread ? new URL(`./thread.ts?${encodeURIComponent(String(script))}`, import.meta.url) : script, options);
      if (isThread) known.push(this.#thread = { worker: this });
    }

    override postMessage(message: unknown, ...rest: []): void {
      if (this.#thread) read(this.#thread, message);
      super.postMessage(message, ...rest);
    }
  };
}

/** Ends all of them; nothing may run, and nothing can after that. Those that cannot be ended stay with their memory. */
export async function endThreads(): Promise<void> {
  await Promise.all(known.splice(0).map(end));
}

/** Emscripten's messages have short names that change; but memory is memory, and a thread's struct begins with its address. */
function read(thread: Thread, message: unknown): void {
  const values = typeof message === "object" && message !== null ? Object.values(message) : [];
  thread.memory ??= values.find((value) => value instanceof WebAssembly.Memory);
  if (!thread.memory) return;
  const words = new Int32Array(thread.memory.buffer);
  thread.address ??= values.find((value) => Number.isInteger(value) && value > 0 && words[value >>> 2] === value);
}

async function end({ worker, memory, address }: Thread): Promise<void> {
  for (const event of ["message", "error"]) worker.removeAllListeners(event);
  worker.on("error", () => {});
  const ended = Promise.withResolvers<true>();
  worker.on("exit", () => ended.resolve(true));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (memory && address !== undefined) cancel(new Int32Array(memory.buffer), address >>> 2);
    const pause = Promise.withResolvers<false>();
    const timer = setTimeout(() => pause.resolve(false), PAUSE);
    const isOver = await Promise.race([ended.promise, pause.promise]);
    clearTimeout(timer);
    if (isOver) break;
  }
  await worker.terminate();
}

/** Marks a thread as canceled and wakes it; what it waits for lies on its own stack. */
function cancel(words: Int32Array<ArrayBufferLike>, at: number): void {
  const [top, size] = [words[at + STRUCT.stackTop]! >>> 2, words[at + STRUCT.stackSize]! >>> 2];
  if (words[at + STRUCT.self]! >>> 2 !== at || top <= at || size <= 0 || size > top) return;
  words[at + STRUCT.cancel] = 1;
  for (let word = top - size; word < top; word++) Atomics.notify(words, word);
}
