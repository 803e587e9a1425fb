import { dirname, join } from "node:path";
import { safePath } from "../store/safe_path.ts";
import { WireReader } from "../store/graph/wire_reader.ts";

/** Numbers of the fields of onnx.proto3. */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR = { type: 2, floats: 4, name: 8, raw: 9, external: 13 } as const;

/** How the bytes of an element type are read, by TensorProto.DataType. */
const READERS: Readonly<Record<number, (bytes: ArrayBuffer) => Float32Array>> = {
  1: (bytes) => new Float32Array(bytes),
  10: (bytes) => Float32Array.from(new Float16Array(bytes)),
};

/** Where a tensor's bytes are. */
interface Found {
  readonly path: string;
  readonly start: number;
  readonly length: number;
  readonly type: number;
}

/**
 * Reads a weight out of a graph's file or out of one beside it.
 *
 * @param path of the graph, whose external files were checked
 * @param ending how its name ends, such as `final_layer_norm.weight`
 * @returns undefined if the graph has none, or it is neither float32 nor float16
 */
export function readWeight(path: string, ending: string): Float32Array | undefined {
  using reader = new WireReader(path);
  for (const model of reader.fields(reader.size)) {
    if (model.number !== MODEL_GRAPH || !model.isBlock) continue;
    for (const graph of reader.fields(model.value)) {
      if (graph.number !== GRAPH_INITIALIZER || !graph.isBlock) continue;
      const found = findBytes(reader, graph.value, path, ending);
      if (found) return READERS[found.type]?.(readBytes(found));
    }
  }
}

function findBytes(reader: WireReader, end: number, path: string, ending: string): Found | undefined {
  let [name, type, start, length] = ["", 0, 0, 0];
  const told = new Map<string, string>();
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (number === TENSOR.type) type = value;
    else if (number === TENSOR.name) name = reader.text(value);
    else if (number === TENSOR.external) told.set(...readEntry(reader, value));
    else if (isBlock && (number === TENSOR.raw || number === TENSOR.floats)) {
      [start, length] = [reader.position, value - reader.position];
    }
  }
  if (!name.endsWith(ending)) return undefined;
  const location = told.get("location");
  if (location === undefined) return { path, start, length, type };
  const external = join(dirname(path), safePath(location, path));
  return { path: external, start: Number(told.get("offset") ?? 0), length: Number(told.get("length") ?? 0), type };
}

function readEntry(reader: WireReader, end: number): [key: string, value: string] {
  const entry: [string, string] = ["", ""];
  for (const { number, isBlock, value } of reader.fields(end)) {
    if (isBlock && (number === 1 || number === 2)) entry[number - 1] = reader.text(value);
  }
  return entry;
}

function readBytes({ path, start, length }: Found): ArrayBuffer {
  using file = Deno.openSync(path);
  file.seekSync(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) {
      throw new RangeError(`${path} ends at byte ${start + at}; a weight reaches to ${start + length}`);
    }
    at += count;
  }
  return bytes.buffer;
}
