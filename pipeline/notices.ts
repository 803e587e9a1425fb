import type { GenerationEvent } from "./generation.ts";

/** What the caller of a request should know, each told once. */
export class Notices {
  readonly #known = new Set<string>();
  readonly #waiting: string[] = [];

  /** Notes a message, unless it was noted before. */
  readonly tell = (message: string): void => {
    if (this.#known.has(message)) return;
    this.#known.add(message);
    this.#waiting.push(message);
  };

  /** Takes out what was noted since the last time. */
  *fresh(): Generator<GenerationEvent> {
    for (const message of this.#waiting.splice(0)) yield { type: "notice", message };
  }
}
