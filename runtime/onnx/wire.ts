/**
 * Protobuf's wire format (protobuf.dev/programming-guides/encoding) in memory, read and written field by field.
 *
 * @module
 */

/** One field of a message. */
export interface WireField {
  readonly number: number;
  /** Tag and all, as it was. */
  readonly whole: Uint8Array;
  /** What is in it if it is text, bytes, a message or packed numbers. */
  readonly block?: Uint8Array;
  /** The number if it is one of variable length. */
  readonly value?: number;
  /** The numbers of a repeated field, packed or not. */
  integers(): readonly number[];
}

/**
 * The fields of a message.
 *
 * @throws {SyntaxError} if it is no protobuf message
 */
export function* fieldsOf(message: Uint8Array): Generator<WireField> {
  for (let at = 0; at < message.length;) {
    const start = at;
    let tag: number;
    [tag, at] = varint(message, at);
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0: {
        const [value, end] = varint(message, at);
        at = end;
        yield { number, whole: message.subarray(start, at), value, integers: () => [value] };
        break;
      }
      case 2: {
        const [length, from] = varint(message, at);
        at = from + length;
        if (at > message.length) throw new SyntaxError(`A field of ${length} bytes reaches beyond its message`);
        const block = message.subarray(from, at);
        yield { number, whole: message.subarray(start, at), block, integers: () => unpacked(block) };
        break;
      }
      case 1:
      case 5:
        at += tag % 8 === 1 ? 8 : 4;
        yield { number, whole: message.subarray(start, at), integers: () => [] };
        break;
      default:
        throw new SyntaxError(`Byte ${start} is no field of a message`);
    }
  }
}

/** A field that holds bytes. */
export function writeBlock(number: number, block: Uint8Array): Uint8Array {
  return concat([writeVarint(number * 8 + 2), writeVarint(block.length), block]);
}

/** A field that holds a number of variable length. */
export function writeNumber(number: number, value: number): Uint8Array {
  return concat([writeVarint(number * 8), writeVarint(value)]);
}

/** One after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function unpacked(block: Uint8Array): readonly number[] {
  const numbers: number[] = [];
  for (let at = 0; at < block.length;) {
    const [value, end] = varint(block, at);
    numbers.push(value);
    at = end;
  }
  return numbers;
}

function varint(bytes: Uint8Array, start: number): [value: number, end: number] {
  let value = 0;
  for (let at = start, scale = 1; at < start + 10 && at < bytes.length; at++, scale *= 128) {
    value += (bytes[at]! & 127) * scale;
    if (bytes[at]! < 128) return [value, at + 1];
  }
  throw new SyntaxError(`The number at byte ${start} does not end`);
}

function writeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Uint8Array.from([...bytes, value]);
}
