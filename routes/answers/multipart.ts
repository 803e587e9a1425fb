/** Writes parts as a multipart body (RFC 2046, section 5.1). */
export class MultipartWriter {
  readonly #boundary: string;
  readonly #write: (bytes: Uint8Array<ArrayBuffer>) => void;
  #lead = "";

  /**
   * @param boundary what no part holds
   * @param write takes every piece of the body
   */
  constructor(boundary: string, write: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#boundary = boundary;
    this.#write = write;
  }

  /** Ends the part before, if any, and begins one. */
  begin(headers: Readonly<Record<string, string>>): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    this.#text(`${this.#lead}--${this.#boundary}\r\n${lines}\r\n`);
    this.#lead = "\r\n";
  }

  /** Writes the part that was begun. */
  async body(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const bytes of stream) this.#write(bytes);
  }

  /** Ends the last part and the body. */
  end(): void {
    this.#text(`\r\n--${this.#boundary}--\r\n`);
  }

  #text(text: string): void {
    this.#write(new TextEncoder().encode(text));
  }
}
