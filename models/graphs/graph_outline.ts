import { elementBits } from "../store/graph/graph_tensors.ts";
import { WireReader } from "../store/graph/wire_reader.ts";

/** A weight of a graph, without its numbers. */
export interface Weight {
  readonly dims: readonly number[];
  /** Bits of an element. */
  readonly bits: number;
  readonly bytes: number;
}

/** A node of a graph, with those attributes that say how it changes rows and columns. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of a convolution, along rows. */
  readonly stride: number;
  /** Rows times columns of a convolution's kernel. */
  readonly area: number;
  /** Of DepthToSpace and SpaceToDepth. */
  readonly block: number;
}

/** A graph as its file tells, without loading it. */
export interface GraphOutline {
  readonly weights: ReadonlyMap<string, Weight>;
  readonly nodes: readonly GraphNode[];
}

/** Numbers of the fields of onnx.proto3. */
const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, output: 2, op: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, int: 3, tensor: 5, ints: 8 } as const;
const TENSOR = { dims: 1, type: 2, name: 8 } as const;

/**
 * Reads nodes and shapes of weights of an ONNX graph; the weights themselves are stepped over.
 *
 * @throws {Deno.errors.NotFound} if there is no such file, {SyntaxError} if it is no protobuf message
 */
export function readOutline(path: string): GraphOutline {
  using reader = new WireReader(path);
  const weights = new Map<string, Weight>();
  const nodes: GraphNode[] = [];
  for (const model of reader.fields(reader.size)) {
    if (model.number !== MODEL.graph || !model.isBlock) continue;
    for (const { number, isBlock, value } of reader.fields(model.value)) {
      if (!isBlock) continue;
      if (number === GRAPH.node) nodes.push(readNode(reader, value, weights));
      if (number === GRAPH.initializer) weights.set(...readWeight(reader, value));
    }
  }
  return { weights, nodes };
}

/** Constants are weights, too, under the name of the node's output. */
function readNode(reader: WireReader, end: number, weights: Map<string, Weight>): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let [op, stride, area, block] = ["", 1, 1, 1];
  let constant: Weight | undefined;
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (!isBlock) continue;
    if (number === NODE.input) inputs.push(reader.text(value));
    else if (number === NODE.output) outputs.push(reader.text(value));
    else if (number === NODE.op) op = reader.text(value);
    else if (number === NODE.attribute) {
      const { name, integers, tensor } = readAttribute(reader, value);
      if (name === "strides") stride = integers[0] ?? 1;
      if (name === "kernel_shape") area = integers.reduce((product, length) => product * length, 1);
      if (name === "blocksize") block = integers[0] ?? 1;
      constant ??= tensor;
    }
  }
  if (op === "Constant" && constant) weights.set(outputs[0]!, constant);
  return { op, inputs, outputs, stride, area, block };
}

function readAttribute(reader: WireReader, end: number): { name: string; integers: number[]; tensor?: Weight } {
  const found: { name: string; integers: number[]; tensor?: Weight } = { name: "", integers: [] };
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (isBlock && number === ATTRIBUTE.name) found.name = reader.text(value);
    else if (isBlock && number === ATTRIBUTE.tensor) [, found.tensor] = readWeight(reader, value);
    else if (isBlock && number === ATTRIBUTE.ints) {
      while (reader.position < value) found.integers.push(reader.varint());
    } else if (!isBlock && (number === ATTRIBUTE.int || number === ATTRIBUTE.ints)) found.integers.push(value);
  }
  return found;
}

function readWeight(reader: WireReader, end: number): [name: string, weight: Weight] {
  const dims: number[] = [];
  let [name, type] = ["", 0];
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (number === TENSOR.dims && !isBlock) dims.push(value);
    else if (number === TENSOR.dims) { while (reader.position < value) dims.push(reader.varint()); }
    else if (number === TENSOR.type) type = value;
    else if (number === TENSOR.name) name = reader.text(value);
  }
  const bits = elementBits(type);
  return [name, { dims, bits, bytes: Math.ceil(dims.reduce((product, length) => product * length, bits) / 8) }];
}
