/** Longest text that is read; names and keys are far shorter. */
const LONGEST_TEXT = 1 << 16;

/** One field of a protobuf message. */
export interface Field {
  readonly number: number;
  /** Whether it is text, bytes or a message, whose end `value` then is; otherwise `value` is the number. */
  readonly isBlock: boolean;
  readonly value: number;
}

/**
 * Reads protobuf's wire format (protobuf.dev/programming-guides/encoding) from a file piece by piece, so that gigabytes of
 * weights inside a graph are stepped over and never in memory.
 */
export class WireReader implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #buffer = new Uint8Array(1 << 16);
  #start = 0;
  #filled = 0;
  /** Where it reads next, in bytes from the start of the file. */
  position = 0;
  /** Bytes of the file. */
  readonly size: number;

  /** @throws {Deno.errors.NotFound} if there is no such file */
  constructor(path: string) {
    this.#file = Deno.openSync(path);
    this.size = this.#file.statSync().size;
  }

  /**
   * The fields of the message that goes from here to `end`; each one is left behind whether it was read or not.
   *
   * @throws {SyntaxError} if it is no protobuf message, or ends early
   */
  *fields(end: number): Generator<Field> {
    while (this.position < end) {
      const tag = this.varint();
      const [number, type] = [Math.floor(tag / 8), tag % 8];
      if (number === 0) throw new SyntaxError(`byte ${this.position} is no field of a message`);
      if (type === 0) yield { number, isBlock: false, value: this.varint() };
      else if (type === 1) this.position += 8;
      else if (type === 5) this.position += 4;
      else if (type === 2) {
        const length = this.varint();
        const value = this.position + length;
        if (value > end) throw new SyntaxError(`a field of ${length} bytes reaches beyond its message`);
        yield { number, isBlock: true, value };
        this.position = value;
      } else throw new SyntaxError(`byte ${this.position} is no field of a message`);
    }
    if (this.position > end) throw new SyntaxError("a field reaches beyond its message");
  }

  /** A variable-length integer as if it were unsigned; exact up to 2^53, which is more than any length can be. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new SyntaxError(`the number before byte ${this.position} does not end`);
  }

  /** Text from here to `end`. */
  text(end: number): string {
    const length = end - this.position;
    if (length > LONGEST_TEXT) {
      throw new SyntaxError(`a name has ${length} bytes; at most ${LONGEST_TEXT} are sensible`);
    }
    return new TextDecoder().decode(Uint8Array.from({ length }, () => this.#byte()));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #byte(): number {
    const index = this.position - this.#start;
    if (index < 0 || index >= this.#filled) return this.#fill();
    this.position++;
    return this.#buffer[index]!;
  }

  #fill(): number {
    this.#file.seekSync(this.position, Deno.SeekMode.Start);
    this.#start = this.position;
    this.#filled = this.#file.readSync(this.#buffer) ?? 0;
    if (this.#filled === 0) throw new SyntaxError(`the file ends at byte ${this.position}`);
    this.position++;
    return this.#buffer[0]!;
  }
}
