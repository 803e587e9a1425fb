import { NonFiniteError } from "../images/non_finite_error.ts";
import type { GenerateOptions, GenerationEvent } from "../generation.ts";
import type { Generator } from "../generator.ts";
import type { GenerationRequest } from "../request/request.ts";
import type { Command, Opened, OpenOptions, Report } from "./worker_messages.ts";

/**
 * Loads a model in the inference worker, or in this thread if the options say so.
 *
 * @throws {Error} that names the device or file if either cannot be opened
 */
export async function openGenerate(options: OpenOptions): Promise<Generator> {
  if (options.thread === "this") return (await import("../generator.ts")).openGenerator(options);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "inference" });
  const mailbox = new Mailbox(worker);
  try {
    const opened = await mailbox.open(options);
    return {
      ...opened,
      generate: (request, options) => mailbox.generate(request, options),
      [Symbol.asyncDispose]: () => mailbox.close(),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** Sorts the worker's reports to whom they belong. */
class Mailbox {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, ReadableStreamDefaultController<GenerationEvent>>();
  readonly #opened = Promise.withResolvers<Opened>();
  readonly #closed = Promise.withResolvers<void>();
  #last = 0;
  #dead: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.#take(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#die(new Error(`The inference worker stopped: ${event.message}`));
    };
  }

  open(options: OpenOptions): Promise<Opened> {
    this.#say({ type: "open", options });
    return this.#opened.promise;
  }

  async *generate(
    request: GenerationRequest,
    { signal, previewEvery }: GenerateOptions,
  ): AsyncGenerator<GenerationEvent> {
    signal.throwIfAborted();
    if (this.#dead) throw this.#dead;
    const job = ++this.#last;
    const abort = () => this.#say({ type: "abort", job });
    const events = new ReadableStream<GenerationEvent>({
      start: (controller) => void this.#jobs.set(job, controller),
      cancel: abort,
    });
    signal.addEventListener("abort", abort);
    this.#say({ type: "generate", job, request, ...(previewEvery !== undefined && { previewEvery }) });
    try {
      yield* events;
    } catch (error) {
      // The worker only knows that it was told to stop; the reason stayed on this side.
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#jobs.delete(job);
    }
  }

  async close(): Promise<void> {
    if (!this.#dead) {
      this.#say({ type: "close" });
      await this.#closed.promise;
    }
    this.#worker.terminate();
  }

  #take(report: Report): void {
    switch (report.type) {
      case "opened":
        return this.#opened.resolve(report.opened);
      case "unopened":
        return this.#opened.reject(report.error);
      case "event":
        return this.#jobs.get(report.job)?.enqueue(report.event);
      case "end":
        return report.error ? this.#jobs.get(report.job)?.error(errorOf(report)) : this.#jobs.get(report.job)?.close();
      case "closed":
        return this.#closed.resolve();
    }
  }

  #die(error: Error): void {
    this.#dead = error;
    this.#opened.reject(error);
    this.#closed.resolve();
    for (const controller of this.#jobs.values()) controller.error(error);
    this.#jobs.clear();
  }

  #say(command: Command): void {
    this.#worker.postMessage(command);
  }
}

function errorOf({ error, isNonFinite }: Extract<Report, { type: "end" }>): Error {
  return isNonFinite ? new NonFiniteError(error!.message) : error!;
}
