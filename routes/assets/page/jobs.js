import { ApiError, callJson, jobEvents } from "../shared/api.js";
import { after, isOver, viewOf } from "./job_view.js";

/** How many streams are open at once; browsers open six connections to a server, and the page needs some for itself. */
const STREAMS = 3;
/** Milliseconds between questions for places in the queue. */
const PAUSE = 2000;

/** The jobs of this page that have not ended: begins them, hears of them and cancels them. */
export class Jobs {
  #views = new Map();
  #followed = new Set();
  #asking = false;
  #onChange;

  /** @param onChange told of each new state of a job */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** Begins a job. */
  async begin(body) {
    this.#set(viewOf(await callJson("v1/jobs", { method: "POST", body })));
  }

  /** Goes on with a job that was begun before the page was loaded; it may be gone. */
  async resume(id) {
    this.#set(viewOf(await callJson(`v1/jobs/${id}`)));
  }

  /** Ends a job within one step. */
  async cancel(id) {
    try {
      this.#set({ ...this.#views.get(id), ...viewOf(await callJson(`v1/jobs/${id}`, { method: "DELETE" })) });
    } catch (error) {
      if (error.status !== 409) throw error; // it ended by itself just now, and its stream tells how
    }
  }

  #set(view) {
    this.#views.set(view.id, view);
    if (isOver(view)) this.#views.delete(view.id);
    this.#onChange(view);
    const next = [...this.#views.keys()].filter((id) => !this.#followed.has(id));
    next.slice(0, STREAMS - this.#followed.size).forEach((id) => this.#follow(id));
    this.#askPlaces();
  }

  async #follow(id) {
    this.#followed.add(id);
    try {
      for await (const event of jobEvents(id)) {
        const view = this.#views.get(id);
        if (view === undefined) break; // canceled
        if (event.type === "end") this.#followed.delete(id);
        this.#set(after(view, event));
      }
    } catch (error) {
      const view = this.#views.get(id);
      if (!(error instanceof ApiError)) throw error;
      if (view) this.#set({ ...view, state: "failed", error: error.message });
    } finally {
      this.#followed.delete(id);
    }
  }

  /** Streams tell the place at the beginning only, and not all jobs have one. */
  async #askPlaces() {
    const waiting = () => [...this.#views.values()].some(({ state }) => state === "queued");
    if (this.#asking) return;
    this.#asking = true;
    while (waiting()) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      const { data } = waiting() ? await callJson("v1/jobs").catch(() => ({ data: [] })) : { data: [] };
      for (const { id, state, position } of data) {
        const view = this.#views.get(id);
        if (view?.state === "queued" && state === "queued" && view.position !== position) {
          this.#set({ ...view, position });
        }
      }
    }
    this.#asking = false;
  }
}
