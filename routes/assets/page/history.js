const NAME = "latentd.history";
const JOBS_AT_MOST = 60;

/**
 * What was made, in this browser only: of each job its id, settings, seeds and thumbnails, newest first. Pictures in full stay
 * on the server for as long as it keeps them.
 */
export class History {
  #entries = read();

  get entries() {
    return this.#entries;
  }

  /** Notes a job, anew or for the first time. @param thumbnails data: URLs by the pictures' index */
  save({ id, state, images, request }, thumbnails) {
    const { created = Date.now() } = this.#entries.find((entry) => entry.id === id) ?? {};
    const entry = {
      id,
      created,
      state,
      request,
      images: images.map((image) => ({ ...image, thumbnail: thumbnails.get(image.index) })),
    };
    const others = this.#entries.filter((other) => other.id !== id);
    this.#entries = [entry, ...others].sort((a, b) => b.created - a.created).slice(0, JOBS_AT_MOST);
    this.#write();
  }

  remove(id) {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#write();
  }

  #write() {
    while (true) {
      try {
        return localStorage.setItem(NAME, JSON.stringify(this.#entries));
      } catch (error) {
        if (this.#entries.length === 0) throw error;
        this.#entries.pop(); // the room that browsers give is used up
      }
    }
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? "[]");
  } catch {
    return []; // blocked, or not ours
  }
}
