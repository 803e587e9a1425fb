import { byId, element } from "../shared/elements.js";

const SIDES = ["left", "top", "right", "bottom"];
/** The least that counts as a drawn box, as a fraction of the area. */
const LEAST = 0.03;
const round = (value) => Math.round(100 * Math.min(1, Math.max(0, value))) / 100;

/** Objects of a layout: boxes drawn on an area, or typed, with a text each. */
export class BoxesInput {
  #rows = [];
  #most = 1;
  #start;

  constructor() {
    const area = byId("boxes-area");
    area.addEventListener("pointerdown", (event) => {
      if (this.#rows.length >= this.#most) return;
      area.setPointerCapture(event.pointerId);
      this.#start = placeIn(area, event);
      this.#add([...this.#start, ...this.#start]);
    });
    area.addEventListener("pointermove", (event) => {
      if (this.#start) this.#setBox(this.#rows.at(-1), boxBetween(this.#start, placeIn(area, event)));
    });
    area.addEventListener("pointerup", () => {
      if (!this.#start) return;
      this.#start = undefined;
      const row = this.#rows.at(-1);
      const [left, top, right, bottom] = boxOf(row);
      if (right - left < LEAST || bottom - top < LEAST) this.#remove(row);
      else row.text.focus();
    });
    byId("boxes-add").addEventListener("click", () => this.#add([0.25, 0.25, 0.75, 0.75]).text.focus());
  }

  /** What the API calls boxes; undefined if there are none. */
  get value() {
    if (this.#rows.length === 0) return undefined;
    return this.#rows.map((row) => ({ box: boxOf(row), text: row.text.value }));
  }

  set value(boxes) {
    [...this.#rows].forEach((row) => this.#remove(row));
    for (const { box, text } of boxes ?? []) this.#add(box).text.value = text;
  }

  /** @param most how many objects the model takes @param shape width by height of the picture */
  fit(most, [width, height]) {
    this.#most = most;
    byId("boxes-area").style.aspectRatio = `${width} / ${height}`;
    this.#update();
  }

  #add(box) {
    const rectangle = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const name = `Object ${this.#rows.length + 1}`;
    const text = element("input", { placeholder: "What is in it", ariaLabel: `${name}: what it is`, maxLength: 4000 });
    const sides = SIDES.map((side) =>
      element("input", { type: "number", min: 0, max: 1, step: 0.01, ariaLabel: `${name}: ${side}` })
    );
    const button = element("button", { type: "button", textContent: "✕", ariaLabel: `Remove ${name.toLowerCase()}` });
    const row = { rectangle, text, sides, item: element("li", {}, text, ...sides, button) };
    button.addEventListener("click", () => this.#remove(row));
    sides.forEach((side) => side.addEventListener("input", () => this.#setBox(row, boxOf(row), false)));
    byId("boxes-area").append(rectangle);
    byId("boxes-list").append(row.item);
    this.#rows.push(row);
    this.#setBox(row, box);
    this.#update();
    return row;
  }

  #remove(row) {
    row.rectangle.remove();
    row.item.remove();
    this.#rows = this.#rows.filter((other) => other !== row);
    this.#update();
  }

  #setBox({ rectangle, sides }, box, withSides = true) {
    const [left, top, right, bottom] = box;
    const attributes = { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
    for (const [name, value] of Object.entries(attributes)) rectangle.setAttribute(name, value);
    if (withSides) sides.forEach((side, i) => side.value = box[i]);
  }

  #update() {
    byId("boxes-add").disabled = this.#rows.length >= this.#most;
  }
}

function boxOf({ sides }) {
  return sides.map(({ valueAsNumber }) => valueAsNumber);
}

function placeIn(area, { clientX, clientY }) {
  const { left, top, width, height } = area.getBoundingClientRect();
  return [round((clientX - left) / width), round((clientY - top) / height)];
}

function boxBetween([x, y], [x2, y2]) {
  return [Math.min(x, x2), Math.min(y, y2), Math.max(x, x2), Math.max(y, y2)];
}
