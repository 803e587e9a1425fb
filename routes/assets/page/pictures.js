import { call } from "../shared/api.js";

/** Longer side of thumbnails in pixels. */
const THUMBNAIL = 192;

/** The pictures of one job: in full from the server, each fetched once, and small copies. */
export class Pictures {
  /** Small copies as data: URLs, by index. */
  thumbnails = new Map();
  #id;
  #urls = new Map();
  #fetching = new Map();

  constructor(id) {
    this.#id = id;
  }

  /** The address of what is there of a picture, undefined if nothing is. */
  shown(index) {
    return this.#urls.get(index) ?? this.thumbnails.get(index);
  }

  /** A picture's bytes and their address; rejects once the server does not keep it any more. */
  fetch(index) {
    if (!this.#fetching.has(index)) {
      const fetching = this.#load(index);
      this.#fetching.set(index, fetching);
      fetching.catch(() => this.#fetching.delete(index));
    }
    return this.#fetching.get(index);
  }

  /** Frees the memory of the pictures in full. */
  release() {
    this.#urls.forEach((url) => URL.revokeObjectURL(url));
  }

  async #load(index) {
    const blob = await (await call(`v1/jobs/${this.#id}/image?index=${index}`)).blob();
    const url = URL.createObjectURL(blob);
    this.#urls.set(index, url);
    if (!this.thumbnails.has(index)) this.thumbnails.set(index, await thumbnailOf(blob));
    return { blob, url };
  }
}

async function thumbnailOf(blob) {
  const picture = await createImageBitmap(blob);
  const scale = Math.min(1, THUMBNAIL / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/webp", 0.8);
}
