/** A picture's file. */
export interface ResultFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  readonly type: string;
}

const HOUR = 3_600_000;

/** Pictures whose addresses were given away, in memory: kept for a time and up to a size, the oldest leave first. */
export class ResultFiles {
  readonly #files = new Map<string, ResultFile & { readonly expires: number }>();
  readonly #maxBytes: number;
  readonly #time: number;
  #bytes = 0;

  /**
   * @param maxBytes of all files together
   * @param time milliseconds that a file is kept
   */
  constructor(maxBytes = 100e6, time = HOUR) {
    this.#maxBytes = maxBytes;
    this.#time = time;
  }

  /** Keeps a file under a name of 128 random bits, which is the only key to it. */
  keep(file: ResultFile): string {
    const id = crypto.getRandomValues(new Uint8Array(16)).toBase64({ alphabet: "base64url", omitPadding: true });
    this.#files.set(id, { ...file, expires: Date.now() + this.#time });
    this.#bytes += file.bytes.length;
    this.#sweep();
    return id;
  }

  /** The file, if it is still there. */
  get(id: string): ResultFile | undefined {
    this.#sweep();
    return this.#files.get(id);
  }

  #sweep(): void {
    for (const [id, { bytes, expires }] of this.#files) {
      if (expires > Date.now() && this.#bytes <= this.#maxBytes) return;
      this.#files.delete(id);
      this.#bytes -= bytes.length;
    }
  }
}
