import { RefusedError } from "../errors.ts";
import { WireReader } from "./wire_reader.ts";

/** A tensor whose numbers lie in a file beside the graph (TensorProto.external_data of onnx.proto3). */
export interface ExternalTensor {
  readonly name: string;
  /** File, relative to the graph's folder, as the graph has it: not checked. */
  readonly location: string;
  /** Where it starts there, in bytes. */
  readonly offset: number;
  /** Its bytes, by shape and element type. */
  readonly bytes: number;
}

/** Fields of onnx.proto3 that lead to tensors, by message; a model holds them in initializers, attributes and functions. */
const PATHS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Model: { 7: "Graph", 20: "Training", 25: "Function" },
  Training: { 1: "Graph", 2: "Graph" },
  Function: { 7: "Node" },
  Graph: { 1: "Node", 5: "Tensor", 15: "Sparse" },
  Node: { 5: "Attribute" },
  Attribute: { 5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "Sparse", 23: "Sparse" },
  Sparse: { 1: "Tensor", 2: "Tensor" },
};
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 } as const;
const EXTERNAL = 1;

/** Bits of an element by TensorProto.DataType; text (8) has no fixed length. */
const BITS: Readonly<Record<number, number>> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16 },
  ...{ 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2 },
};

/** Bits of an element by TensorProto.DataType; 0 where they differ (text) or the type is unknown. */
export function elementBits(type: number): number {
  return BITS[type] ?? 0;
}

/** Messages in messages; protobuf's own limit. */
const DEEPEST = 100;

/**
 * Finds the external tensors of an ONNX graph, and checks that every tensor has as many bytes as its shape and type say.
 *
 * @param path of the file
 * @param shown its name in errors
 * @throws {RefusedError} if the file is no ONNX graph, is cut off or lies about sizes
 */
export function readExternalTensors(path: string, shown: string): readonly ExternalTensor[] {
  const found: ExternalTensor[] = [];
  using reader = new WireReader(path);
  try {
    if (!walk(reader, "Model", reader.size, 0, found)) throw new SyntaxError("there is no graph in it");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RefusedError(`${shown} is no whole ONNX graph: ${error.message}`);
  }
  return found;

  function walk(reader: WireReader, message: string, end: number, depth: number, found: ExternalTensor[]): boolean {
    if (depth > DEEPEST) throw new SyntaxError(`messages lie more than ${DEEPEST} deep`);
    let isAny = false;
    for (const { number, isBlock, value } of reader.fields(end)) {
      const inner = PATHS[message]![number];
      if (!isBlock || inner === undefined) continue;
      isAny = true;
      if (inner !== "Tensor") walk(reader, inner, value, depth + 1, found);
      else readTensor(reader, value, found);
    }
    return isAny;
  }
}

function readTensor(reader: WireReader, end: number, found: ExternalTensor[]): void {
  const dims: number[] = [];
  const told = new Map<string, string>();
  let [type, name, raw, isExternal] = [0, "", undefined as number | undefined, false];
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (number === TENSOR.dims && !isBlock) dims.push(value);
    else if (number === TENSOR.dims) { while (reader.position < value) dims.push(reader.varint()); }
    else if (number === TENSOR.type) type = value;
    else if (number === TENSOR.name) name = reader.text(value);
    else if (number === TENSOR.raw) raw = value - reader.position;
    else if (number === TENSOR.external) told.set(...readEntry(reader, value));
    else if (number === TENSOR.location) isExternal = value === EXTERNAL;
  }
  const bytes = Math.ceil(dims.reduce((product, length) => product * length, BITS[type] ?? NaN) / 8);
  const claim = `tensor ${JSON.stringify(name)} of shape [${dims}] and type ${type}`;
  if (!isExternal) {
    if (raw !== undefined && raw !== bytes) throw new SyntaxError(`${claim} has ${raw} bytes; it must have ${bytes}`);
    return;
  }
  const offset = wholeNumber(told.get("offset") ?? "0");
  const length = told.has("length") ? wholeNumber(told.get("length")!) : bytes;
  if (!Number.isSafeInteger(bytes)) throw new SyntaxError(`${claim} has no sensible length`);
  if (length !== bytes) throw new SyntaxError(`${claim} has ${length} bytes; it must have ${bytes}`);
  if (!Number.isSafeInteger(offset + length)) throw new SyntaxError(`${claim} starts at ${told.get("offset")}`);
  found.push({ name, location: told.get("location") ?? "", offset, bytes });
}

/** StringStringEntryProto. */
function readEntry(reader: WireReader, end: number): [key: string, value: string] {
  const entry: [string, string] = ["", ""];
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (isBlock && (number === 1 || number === 2)) entry[number - 1] = reader.text(value);
  }
  return entry;
}

function wholeNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
