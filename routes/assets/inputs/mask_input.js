import { byId } from "../shared/elements.js";

/** Longer side of the mask in pixels; the server brings it to the picture's size. */
const LARGEST = 1024;

/** A mask painted over a picture: what is painted is made anew. */
export class MaskInput {
  #canvas = byId("mask");
  #context = this.#canvas.getContext("2d");
  #isEmpty = true;
  #last;

  constructor() {
    this.#canvas.addEventListener("pointerdown", (event) => {
      this.#canvas.setPointerCapture(event.pointerId);
      this.#paint(event);
    });
    this.#canvas.addEventListener("pointermove", (event) => this.#last && this.#paint(event));
    for (const type of ["pointerup", "pointercancel"]) {
      this.#canvas.addEventListener(type, () => this.#last = undefined);
    }
    byId("mask-clear").addEventListener("click", () => this.clear());
    byId("mask-file").addEventListener("change", ({ target }) => this.#load(target.files[0]));
  }

  /** The mask as a data: URL of a PNG, white where it was painted; undefined if nothing was. */
  get value() {
    if (this.#isEmpty) return undefined;
    const { width, height } = this.#canvas;
    const flat = Object.assign(document.createElement("canvas"), { width, height });
    const context = flat.getContext("2d");
    context.drawImage(this.#canvas, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    return flat.toDataURL("image/png");
  }

  clear() {
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#isEmpty = true;
  }

  /** Lies over another picture from now on. @param view its <img> */
  async cover(view) {
    await view.decode();
    const scale = Math.min(1, LARGEST / Math.max(view.naturalWidth, view.naturalHeight));
    this.#canvas.width = Math.round(view.naturalWidth * scale);
    this.#canvas.height = Math.round(view.naturalHeight * scale);
    this.#isEmpty = true;
  }

  #paint({ clientX, clientY }) {
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    const scale = this.#canvas.width / width;
    const point = [(clientX - left) * scale, (clientY - top) * scale];
    const context = this.#context;
    context.globalCompositeOperation = byId("mask-erase").checked ? "destination-out" : "source-over";
    context.strokeStyle = getComputedStyle(this.#canvas).color;
    context.lineWidth = byId("mask-brush").valueAsNumber * scale;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...(this.#last ?? point));
    context.lineTo(...point);
    context.stroke();
    this.#last = point;
    this.#isEmpty = false;
  }

  /** A mask from a file: its bright parts. */
  async #load(file) {
    const { width, height } = this.#canvas;
    const context = this.#context;
    this.clear();
    context.globalCompositeOperation = "source-over";
    context.drawImage(await createImageBitmap(file), 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height);
    for (let i = 0; i < pixels.data.length; i += 4) {
      pixels.data[i + 3] = pixels.data[i] + pixels.data[i + 1] + pixels.data[i + 2] > 382 ? 255 : 0;
    }
    context.putImageData(pixels, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = getComputedStyle(this.#canvas).color;
    context.fillRect(0, 0, width, height);
    this.#isEmpty = false;
  }
}
