/**
 * ONNX graphs in half precision as graphs in single precision. A decoder whose activations leave float16's range (65504), as
 * that of SDXL, gives NaN there and pictures here. Shapes, nodes and names stay; what was cast to float16 is cast to float32.
 *
 * @module
 */
import { concat, fieldsOf, type WireField, writeBlock, writeNumber } from "./wire.ts";

/** TensorProto.DataType. */
const FLOAT = 1;
const FLOAT16 = 10;

/** Which fields of a message hold which messages, by onnx.proto3. */
const INNER: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Model: { 7: "Graph" },
  Graph: { 1: "Node", 5: "Tensor", 11: "Value", 12: "Value", 13: "Value" },
  Node: { 5: "Attribute" },
  Attribute: { 5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph" },
  Value: { 2: "Type" },
  Type: { 1: "TensorType" },
};
const ATTRIBUTE = { name: 1, int: 3 } as const;
const ELEMENT_TYPE = 1;
const TENSOR = { type: 2, int32s: 5, raw: 9, external: 13, location: 14 } as const;

/** Attributes that name an element type: of Cast, and of nodes that make numbers. */
const TYPE_ATTRIBUTES = ["to", "dtype"];

/**
 * Rewrites a graph; the weights that lay in files beside it are inside then.
 *
 * @param graph bytes of the `.onnx` file
 * @param external bytes of the files beside it, by base name
 * @throws {RangeError} if the result has more than the 2 GiB that protobuf can hold
 */
export function widenGraph(graph: Uint8Array, external: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const widened = rewrite("Model", graph, external);
  if (widened.length < 2 ** 31) return widened;
  throw new RangeError(`The graph has ${widened.length} bytes in single precision; protobuf holds at most ${2 ** 31}`);
}

function rewrite(
  message: string,
  bytes: Uint8Array,
  external: ReadonlyMap<string, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const fields = [...fieldsOf(bytes)];
  if (message === "Tensor") return widenTensor(fields, external);
  const namesType = message === "Attribute" && TYPE_ATTRIBUTES.includes(textOf(fields, ATTRIBUTE.name));
  return concat(fields.map((field) => {
    const { number, block, value, whole } = field;
    const inner = INNER[message]?.[number];
    if (block && inner) return writeBlock(number, rewrite(inner, block, external));
    const isType = message === "TensorType" ? number === ELEMENT_TYPE : namesType && number === ATTRIBUTE.int;
    return isType && value === FLOAT16 ? writeNumber(number, FLOAT) : whole;
  }));
}

function widenTensor(
  fields: readonly WireField[],
  external: ReadonlyMap<string, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const isHalf = fields.some(({ number, value }) => number === TENSOR.type && value === FLOAT16);
  const told = entriesOf(fields);
  const location = told.get("location");
  if (!isHalf && location === undefined) return concat(fields.map(({ whole }) => whole));
  const data: Set<number> = new Set([TENSOR.type, TENSOR.int32s, TENSOR.raw, TENSOR.external, TENSOR.location]);
  const raw = location === undefined ? halvesOf(fields) : sliceOf(external, location, told);
  const type = fields.find(({ number }) => number === TENSOR.type)!;
  return concat([
    ...fields.filter(({ number }) => !data.has(number)).map(({ whole }) => whole),
    isHalf ? writeNumber(TENSOR.type, FLOAT) : type.whole,
    writeBlock(TENSOR.raw, isHalf ? widen(raw) : raw),
  ]);
}

/** Half-precision numbers inside the graph: as bytes, or each as the low half of an integer. */
function halvesOf(fields: readonly WireField[]): Uint8Array {
  const raw = fields.find(({ number }) => number === TENSOR.raw)?.block;
  if (raw) return raw;
  const bits = fields.filter(({ number }) => number === TENSOR.int32s).flatMap(({ integers }) => integers());
  return new Uint8Array(Uint16Array.from(bits).buffer);
}

function sliceOf(
  external: ReadonlyMap<string, Uint8Array>,
  location: string,
  told: ReadonlyMap<string, string>,
): Uint8Array {
  const file = external.get(location.split("/").at(-1)!);
  if (!file) throw new RangeError(`The graph's weights ${location} were not read with it`);
  const offset = Number(told.get("offset") ?? 0);
  return file.subarray(offset, told.has("length") ? offset + Number(told.get("length")) : undefined);
}

function widen(bytes: Uint8Array): Uint8Array {
  const numbers = new Float16Array(bytes.slice().buffer);
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

/** TensorProto.external_data: pairs of text. */
function entriesOf(fields: readonly WireField[]): ReadonlyMap<string, string> {
  const blocks = fields.flatMap(({ number, block }) => number === TENSOR.external && block ? [block] : []);
  return new Map(blocks.map((block) => {
    const pair = [...fieldsOf(block)];
    return [textOf(pair, 1), textOf(pair, 2)];
  }));
}

function textOf(fields: readonly WireField[], number: number): string {
  return new TextDecoder().decode(fields.find((field) => field.number === number)?.block);
}
