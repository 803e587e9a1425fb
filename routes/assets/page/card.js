import { element } from "../shared/elements.js";
import { isOver, statusOf } from "./job_view.js";
import { Pictures } from "./pictures.js";

/** One job: the picture being made, then the pictures, what it was asked for and what can be done with it. */
export class Card {
  root = element("article", { className: "card" });
  view;
  #id;
  #actions;
  #files;
  #pictures = element("div", { className: "pictures" });
  #progress = element("progress", { ariaLabel: "Progress" });
  #status = element("p", { className: "card-status" });
  #text = element("p");
  #buttons = element("div", { className: "buttons" });

  constructor(id, actions) {
    this.#id = id;
    this.#actions = actions;
    this.#files = new Pictures(id);
    this.root.append(this.#pictures, this.#progress, this.#status, this.#text, this.#buttons);
  }

  /** Small copies of its pictures as data: URLs, by index. */
  get thumbnails() {
    return this.#files.thumbnails;
  }

  /** Shows a job of the history. */
  recall(entry) {
    for (const { index, thumbnail } of entry.images) if (thumbnail) this.thumbnails.set(index, thumbnail);
    this.view = { notices: [], step: 0, total: null, ...entry };
    this.#show();
  }

  /** Shows the job's new state, once its new pictures are there. */
  async update(view) {
    this.view = view;
    await Promise.allSettled(view.images.map(({ index }) => this.#files.fetch(index)));
    if (this.view === view) this.#show(); // nothing newer came meanwhile
  }

  remove() {
    this.root.remove();
    this.#files.release();
  }

  #show() {
    const { request, images, preview, notices, step, total, state } = this.view;
    const isBusy = !isOver(this.view);
    const title = titleOf(request);
    const wasBusy = this.root.classList.contains("busy");
    this.root.classList.toggle("busy", isBusy);
    this.root.classList.toggle("failed", state === "failed");
    this.#pictures.style.setProperty("--shape", `${request.width} / ${request.height}`);
    const made = images.map(({ index, seed }, place) => {
      const image = element("img", { src: this.#files.shown(index), alt: `${title}, seed ${seed}`, loading: "lazy" });
      return actingButton(() => this.#open(place), { className: "picture" }, image);
    });
    if (isBusy) made.push(preview ? previewOf(preview, title) : element("div", { className: "preview empty" }));
    this.#pictures.replaceChildren(...made);
    this.#progress.hidden = !isBusy;
    this.#progress.max = total ?? 1;
    this.#progress.value = step;
    this.#status.textContent = [statusOf(this.view), ...notices].join(". ");
    this.#text.textContent = title;
    if (isBusy !== wasBusy || !this.#buttons.hasChildNodes()) this.#showButtons(isBusy, title);
  }

  #showButtons(isBusy, title) {
    const { cancel, remove, reuse, fail } = this.#actions;
    const named = (name, act) =>
      actingButton(() => Promise.resolve(act()).catch(fail), { textContent: name, ariaLabel: `${name}: ${title}` });
    this.#buttons.replaceChildren(
      ...(isBusy
        ? [named("Cancel", () => cancel(this.#id))]
        : [named("Reuse", () => reuse(this.view.request)), named("Remove", () => remove(this.#id))]),
    );
  }

  #open(place) {
    const { request, images } = this.view;
    const opened = images.map(({ index, seed }) => ({
      seed,
      request,
      title: titleOf(request),
      thumbnail: this.#files.shown(index),
      full: () => this.#files.fetch(index),
    }));
    this.#actions.open(opened, place);
  }
}

function actingButton(act, properties, ...children) {
  const button = element("button", { type: "button", ...properties }, ...children);
  button.addEventListener("click", act);
  return button;
}

function previewOf(png, title) {
  return element("img", { className: "preview", src: `data:image/png;base64,${png}`, alt: `Preview of ${title}` });
}

function titleOf({ task, prompt, class: number, boxes }) {
  if (prompt) return prompt;
  if (boxes) return boxes.map(({ text }) => text).join(", ");
  return number === undefined ? task : `class ${number}`;
}
