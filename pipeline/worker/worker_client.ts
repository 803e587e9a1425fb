import { DeviceLostError } from "../../runtime/device_lost_error.ts";
import type { GenerateOptions, GenerationEvent } from "../generation.ts";
import type { Generator } from "../generator.ts";
import type { GenerationRequest } from "../request/request.ts";
import { fromSent } from "./errors.ts";
import type { Command, Opened, OpenOptions, Report } from "./worker_messages.ts";

/** Milliseconds for a worker whose device is lost to give back what it can. */
const PATIENCE = 3000;

/**
 * Loads a model in the inference worker, or in this thread if the options say so.
 *
 * @param tell takes what is being done, for people
 * @throws {Error} that names the device or file if either cannot be opened, or if the model computes wrongly on the device and
 * the options have it checked
 */
export async function openGenerate(
  options: OpenOptions,
  tell: (text: string) => void = () => {},
): Promise<Generator> {
  if (options.thread === "this") return (await import("../generator.ts")).openGenerator(options, tell);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "inference" });
  const mailbox = new Mailbox(worker, tell);
  try {
    const opened = await mailbox.open(options);
    return {
      ...opened,
      generate: (request, options) => mailbox.generate(request, options),
      lost: mailbox.lost,
      [Symbol.asyncDispose]: () => mailbox.close(),
    };
  } catch (error) {
    await mailbox.close();
    throw error;
  }
}

/** A job that the worker works on, as this side has it. */
interface Job {
  readonly events: ReadableStreamDefaultController<GenerationEvent>;
  readonly onEvaluation: GenerateOptions["onEvaluation"];
}

/** Sorts the worker's reports to whom they belong. */
class Mailbox {
  readonly #worker: Worker;
  readonly #tell: (text: string) => void;
  readonly #jobs = new Map<number, Job>();
  readonly #opened = Promise.withResolvers<Opened>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<DeviceLostError>();
  #last = 0;
  #failure: DeviceLostError | undefined;

  constructor(worker: Worker, tell: (text: string) => void) {
    this.#worker = worker;
    this.#tell = tell;
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.#take(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(new DeviceLostError(`The inference worker stopped: ${event.message}`));
      this.#closed.resolve();
    };
  }

  /** See {@link Generator.lost}. */
  get lost(): Promise<DeviceLostError> {
    return this.#lost.promise;
  }

  open(options: OpenOptions): Promise<Opened> {
    this.#say({ type: "open", options });
    return this.#opened.promise;
  }

  async *generate(
    request: GenerationRequest,
    { signal, previewEvery, onEvaluation }: GenerateOptions,
  ): AsyncGenerator<GenerationEvent> {
    signal.throwIfAborted();
    if (this.#failure) throw this.#failure;
    const job = ++this.#last;
    const abort = () => this.#say({ type: "abort", job });
    const events = new ReadableStream<GenerationEvent>({
      start: (events) => void this.#jobs.set(job, { events, onEvaluation }),
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
    this.#say({ type: this.#failure ? "abandon" : "close" });
    const timer = this.#failure && setTimeout(() => this.#closed.resolve(), PATIENCE);
    await this.#closed.promise;
    clearTimeout(timer);
    this.#worker.terminate();
  }

  #take(report: Report): void {
    switch (report.type) {
      case "opening":
        return this.#tell(report.text);
      case "opened":
        return this.#opened.resolve(report.opened);
      case "unopened":
        return this.#opened.reject(fromSent(report.failure));
      case "event":
        return this.#jobs.get(report.job)?.events.enqueue(report.event);
      case "evaluation":
        return this.#jobs.get(report.job)?.onEvaluation?.(report.evaluation);
      case "end": {
        const events = this.#jobs.get(report.job)?.events;
        const error = report.failure && fromSent(report.failure);
        if (error instanceof DeviceLostError) return this.#lose(error);
        return error ? events?.error(error) : events?.close();
      }
      case "lost":
        return this.#lose(fromSent(report.failure) as DeviceLostError);
      case "closed":
        return this.#closed.resolve();
    }
  }

  /** Nothing that runs on a lost device can end well, so everything fails with what was heard first. */
  #lose(error: DeviceLostError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#opened.reject(error);
    for (const { events } of this.#jobs.values()) events.error(error);
    this.#jobs.clear();
    this.#lost.resolve(error);
  }

  #say(command: Command): void {
    this.#worker.postMessage(command);
  }
}
