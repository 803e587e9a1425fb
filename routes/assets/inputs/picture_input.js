import { byId } from "../shared/elements.js";

/** A picture from a file, dropped, pasted or handed over; kept as it is, as a data: URL. */
export class PictureInput {
  #value;
  #onChange;

  /** @param onChange told of the picture's data: URL, or of undefined */
  constructor(onChange) {
    this.#onChange = onChange;
    const file = byId("image");
    file.addEventListener("change", () => this.set(file.files[0]));
    byId("image-remove").addEventListener("click", () => this.set(undefined));
    const zone = byId("drop");
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      document.addEventListener(type, (event) => {
        event.preventDefault(); // the browser would leave the page for the picture
        zone.classList.toggle("over", type.startsWith("drag") && type !== "dragleave");
      });
    }
    document.addEventListener("drop", (event) => this.#setFirst(event.dataTransfer));
    document.addEventListener("paste", (event) => this.#setFirst(event.clipboardData));
  }

  get value() {
    return this.#value;
  }

  /** Takes a picture's bytes; undefined takes it away. */
  async set(blob) {
    this.#value = blob && await toDataUrl(blob);
    byId("image").value = "";
    byId("image-view").hidden = byId("image-remove").hidden = !blob;
    byId("image-view").src = this.#value ?? "data:,";
    byId("drop-text").hidden = Boolean(blob);
    this.#onChange(this.#value);
  }

  #setFirst(transfer) {
    const file = [...(transfer?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (file) this.set(file);
  }
}

function toDataUrl(blob) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
  return promise;
}
