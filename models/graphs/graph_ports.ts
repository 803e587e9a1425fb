import type { Port } from "../../runtime/device.ts";
import { WireReader } from "../store/graph/wire_reader.ts";

/** An input or output of a graph as its file tells, without loading it. */
export type GraphPort = Pick<Port, "name" | "dims">;

/** What a graph takes and gives. */
export interface GraphPorts {
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** Numbers of the fields of onnx.proto3 that lead there. */
const MODEL = { graph: 7 } as const;
const GRAPH = { input: 11, output: 12 } as const;
const VALUE = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1 } as const;
const TENSOR = { shape: 2 } as const;
const SHAPE = { dim: 1 } as const;
const DIM = { value: 1, name: 2 } as const;

/**
 * Reads the inputs and outputs of an ONNX graph from its file; weights are stepped over.
 *
 * @throws {Deno.errors.NotFound} if there is no such file, {SyntaxError} if it is no protobuf message
 */
export function readPorts(path: string): GraphPorts {
  using reader = new WireReader(path);
  const ports = { inputs: [] as GraphPort[], outputs: [] as GraphPort[] };
  for (const graph of inside(reader, reader.size, MODEL.graph)) {
    for (const { number, isBlock, value } of reader.fields(graph)) {
      if (!isBlock) continue;
      if (number === GRAPH.input) ports.inputs.push(readPort(reader, value));
      if (number === GRAPH.output) ports.outputs.push(readPort(reader, value));
    }
  }
  return ports;
}

function readPort(reader: WireReader, end: number): GraphPort {
  let name = "";
  const dims: (number | string)[] = [];
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (!isBlock) continue;
    if (number === VALUE.name) name = reader.text(value);
    if (number !== VALUE.type) continue;
    for (const tensor of inside(reader, value, TYPE.tensor)) {
      for (const shape of inside(reader, tensor, TENSOR.shape)) {
        for (const dim of inside(reader, shape, SHAPE.dim)) dims.push(readDim(reader, dim));
      }
    }
  }
  return { name, dims };
}

/** A length, or the name of a free one. */
function readDim(reader: WireReader, end: number): number | string {
  let dim: number | string = "";
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (number === DIM.value && !isBlock) dim = value;
    if (number === DIM.name && isBlock) dim = reader.text(value);
  }
  return dim;
}

/** The ends of the messages with this number between here and `end`, each as it is reached. */
function* inside(reader: WireReader, end: number, wanted: number): Generator<number> {
  for (const { number, isBlock, value } of reader.fields(end)) if (isBlock && number === wanted) yield value;
}
