/**
 * Requests in a form that can be stored: JSON, and the bytes of every typed array beside it.
 *
 * @module
 */

/** A value as text and bytes. */
export interface Packed {
  readonly json: string;
  /** Contents of the typed arrays, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const ARRAYS = {
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
} as const;
type ArrayName = keyof typeof ARRAYS;

/** Where a typed array was. No field of a request is named like this. */
interface Place {
  readonly $array: readonly [name: ArrayName, start: number, end: number];
}

/**
 * Writes a value of plain objects, arrays, typed arrays and what JSON knows.
 *
 * @throws {TypeError} at a typed array of another kind
 */
export function pack(value: unknown): Packed {
  const parts: ArrayBufferView[] = [];
  let end = 0;
  const json = JSON.stringify(value, (key, part) => {
    if (!ArrayBuffer.isView(part)) return part;
    const name = part.constructor.name;
    if (!(name in ARRAYS)) throw new TypeError(`${key} is a ${name}, which cannot be stored; convert it first`);
    parts.push(part);
    const start = end;
    end += part.byteLength;
    return { $array: [name as ArrayName, start, end] } satisfies Place;
  });
  const bytes = new Uint8Array(end);
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return { json, bytes };
}

/** Reads what {@link pack} wrote. */
export function unpack(packed: Packed): unknown {
  return JSON.parse(packed.json, (_, part: unknown) => {
    if (!isPlace(part)) return part;
    const [name, start, end] = part.$array;
    return new ARRAYS[name](packed.bytes.slice(start, end).buffer);
  });
}

/** A value without its typed arrays, as clients are told it. */
export function echoOf(value: object): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(value, (_, part) => ArrayBuffer.isView(part) ? undefined : part));
}

function isPlace(value: unknown): value is Place {
  return typeof value === "object" && value !== null && "$array" in value;
}
