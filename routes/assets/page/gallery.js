import { callJson } from "../shared/api.js";
import { byId } from "../shared/elements.js";
import { Card } from "./card.js";
import { isOver } from "./job_view.js";

/** Jobs as cards, newest first, and their place in the history. */
export class Gallery {
  #cards = new Map();
  #history;
  #actions;

  /** @param actions what its buttons do: `cancel(id)`, `open(pictures, place)`, `reuse(request)`, `fail(error)` */
  constructor(history, actions) {
    this.#history = history;
    this.#actions = { ...actions, remove: (id) => this.#remove(id) };
    history.entries.toReversed().forEach((entry) => this.#cardOf(entry.id).recall(entry));
    this.#count();
  }

  /** Shows a job's new state; what is more than a step is noted in the history. */
  async update(view) {
    const card = this.#cardOf(view.id);
    const before = card.view;
    await card.update(view);
    const isNews = before?.state !== view.state || before.images.length !== view.images.length || isOver(view);
    if (isNews && card.view === view) this.#history.save(view, card.thumbnails);
    this.#count();
  }

  /** Removes everything, here and on the server. */
  async clear() {
    await Promise.all([...this.#cards.keys()].map((id) => this.#remove(id)));
  }

  #cardOf(id) {
    const known = this.#cards.get(id);
    if (known) return known;
    const card = new Card(id, this.#actions);
    this.#cards.set(id, card);
    byId("gallery").prepend(card.root);
    return card;
  }

  async #remove(id) {
    this.#cards.get(id).remove();
    this.#cards.delete(id);
    this.#history.remove(id);
    this.#count();
    try {
      await callJson(`v1/jobs/${id}?forget=true`, { method: "DELETE" });
    } catch (error) {
      if (error.status !== 404) throw error; // it was forgotten before
    }
  }

  #count() {
    byId("empty").hidden = this.#cards.size > 0;
    byId("history-note").hidden = this.#cards.size === 0;
  }
}
