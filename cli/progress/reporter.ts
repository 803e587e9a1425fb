import type { ModelInfo } from "../../models/model_info.ts";
import type { GenerationEvent } from "../../pipeline/generation.ts";
import { echoOf } from "../../pipeline/jobs/store/request_record.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";
import type { Opened } from "../../pipeline/worker/worker_messages.ts";
import { Progress } from "./progress.ts";
import type { World } from "../world.ts";

interface ReporterFlags {
  readonly output?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** Tells what `generate` does: to people on standard error, or to programs as JSON lines on standard output. */
export class Reporter {
  readonly #world: World;
  readonly #request: GenerationRequest;
  readonly #isPiped: boolean;
  readonly #mode: "people" | "json" | "quiet";
  readonly #progress: Progress;

  /** @param flags who is told */
  constructor(world: World, request: GenerationRequest, flags: ReporterFlags) {
    this.#world = world;
    this.#request = request;
    this.#isPiped = flags.output === "-";
    this.#mode = flags.json ? "json" : flags.quiet ? "quiet" : "people";
    this.#progress = new Progress(world.stderr, request.count);
  }

  /** The request is good, and its model is being loaded. */
  async loading(model: ModelInfo): Promise<void> {
    if (this.#mode === "json") await this.#line({ type: "request", ...echoOf(this.#request), model_hash: model.hash });
    if (this.#mode === "people") await this.#progress.show(`Loading ${model.name} …`);
  }

  /** The model is loaded. */
  async opened(device: Opened["device"]): Promise<void> {
    if (this.#mode === "json") await this.#line({ type: "device", ...device });
    if (this.#mode === "people") await this.#progress.show(`Encoding the prompt on ${device.name} …`);
  }

  /** @param file where the event's picture was written, if it was */
  async event(event: GenerationEvent, file: string | undefined): Promise<void> {
    if (this.#mode === "json") await this.#line({ ...withoutPixels(event), ...(file !== undefined && { file }) });
    if (this.#mode !== "people") return;
    if (event.type === "notice") await this.#say(`note: ${event.message}`);
    if (event.type === "image") await this.#say(`${file ?? this.#elsewhere(event.index)}: seed ${event.seed}`);
    if (event.type === "step") await this.#progress.step(event.images, event.step, event.total);
  }

  /** @param file where all pictures were written as one, if they were */
  async sheet(file: string | undefined): Promise<void> {
    if (file === undefined) return;
    if (this.#mode === "json") await this.#line({ type: "contact-sheet", file });
    if (this.#mode === "people") await this.#say(`${file}: ${this.#request.count} pictures`);
  }

  /** Nothing more will come. */
  async end(): Promise<void> {
    if (this.#mode === "people") await this.#progress.clear();
  }

  #elsewhere(index: number): string {
    return this.#isPiped ? "standard output" : `picture ${index}`;
  }

  async #say(text: string): Promise<void> {
    await this.#progress.clear();
    await this.#world.stderr.write(`${text}\n`);
  }

  async #line(value: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#world.stdout.write(`${JSON.stringify(value)}\n`);
  }
}

function withoutPixels(event: GenerationEvent): Record<string, unknown> {
  if (event.type === "image") {
    const { image: { width, height }, ...rest } = event;
    return { ...rest, width, height };
  }
  if (event.type === "step") {
    const { preview: _, timings: _spent, ...rest } = event;
    return rest;
  }
  return { ...event };
}
