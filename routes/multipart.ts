/** One part of a multipart body. */
export interface Part {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Writes parts as a multipart body (RFC 2046, section 5.1). */
export class MultipartWriter {
  readonly #boundary: string;
  readonly #write: (bytes: Uint8Array<ArrayBuffer>) => void;

  /** @param write takes every piece of the body */
  constructor(boundary: string, write: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#boundary = boundary;
    this.#write = write;
  }

  /** Begins the body. */
  start(): void {
    this.#text(`--${this.#boundary}`);
  }

  /** Writes a part and the boundary behind it: browsers show a picture only once they have seen the next boundary. */
  async part({ headers, body }: Part): Promise<void> {
    this.#text(Object.entries(headers).map(([name, value]) => `\r\n${name}: ${value}`).join("") + "\r\n\r\n");
    for await (const bytes of body) this.#write(bytes);
    this.#text(`\r\n--${this.#boundary}`);
  }

  /** Ends the body after the last part. */
  end(): void {
    this.#text("--\r\n");
  }

  #text(text: string): void {
    this.#write(new TextEncoder().encode(text));
  }
}
