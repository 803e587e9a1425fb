/** Just enough of protobuf to write graphs that no exporter would. */

/** A field of bytes, text or a message. */
export function block(number: number, content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return concat(varint(number * 8 + 2), varint(bytes.length), bytes);
}

/** A field with a number. */
export function int(number: number, value: number): Uint8Array<ArrayBuffer> {
  return concat(varint(number * 8), varint(value));
}

export function varint(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Uint8Array.of(...bytes, value);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A graph with one external float32 tensor. */
export function externalGraph(
  location: string,
  { dims = [4], offset, length }: { dims?: readonly number[]; offset?: number | string; length?: number | string } = {},
): Uint8Array<ArrayBuffer> {
  return graph(block(5, externalTensor(location, dims, offset, length)));
}

/** ModelProto around the fields of a GraphProto. */
export function graph(...fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(int(1, 8), block(7, concat(...fields)));
}

/** TensorProto. */
export function externalTensor(
  location: string,
  dims: readonly number[] = [4],
  offset?: number | string,
  length?: number | string,
): Uint8Array<ArrayBuffer> {
  const entry = (key: string, value: unknown) => block(13, concat(block(1, key), block(2, String(value))));
  return concat(
    ...dims.map((dim) => int(1, dim)),
    int(2, 1),
    block(8, "weights"),
    entry("location", location),
    ...(offset === undefined ? [] : [entry("offset", offset)]),
    ...(length === undefined ? [] : [entry("length", length)]),
    int(14, 1),
  );
}
