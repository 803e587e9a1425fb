import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { block, concat, externalTensor, graph, int, varint } from "../../tests/fakes/onnx_bytes.ts";
import { fieldsOf } from "./wire.ts";
import { widenGraph } from "./widen_graph.ts";

/** By onnx.proto3. */
const FLOAT = 1;
const FLOAT16 = 10;
const NUMBERS = [1, -2.5, 65504, 2 ** -24];
const HALVES = new Uint8Array(Float16Array.from(NUMBERS).buffer);

/** The message at the end of a path of field numbers, the first of each. */
function at(message: Uint8Array, ...path: readonly number[]): Uint8Array {
  return path.reduce((inner, number) => [...fieldsOf(inner)].find((field) => field.number === number)!.block!, message);
}

const numberIn = (message: Uint8Array, field: number) =>
  [...fieldsOf(message)].find(({ number }) => number === field)?.value;
const floats = (tensor: Uint8Array) => [...new Float32Array(at(tensor, 9).slice().buffer)];
const half = (...data: readonly Uint8Array[]) => concat(int(1, 4), int(2, FLOAT16), block(8, "weights"), ...data);

describe("widenGraph", () => {
  const bits = [...new Uint16Array(HALVES.buffer)];
  const external = new Map([["model.onnx_data", concat(new Uint8Array(6), HALVES)]]);
  const halfExternal = concat(
    half(int(14, 1)),
    block(13, concat(block(1, "location"), block(2, "model.onnx_data"))),
    block(13, concat(block(1, "offset"), block(2, "6"))),
    block(13, concat(block(1, "length"), block(2, "8"))),
  );
  const WAYS: Readonly<Record<string, Uint8Array>> = {
    "as bytes": half(block(9, HALVES)),
    "as integers": half(...bits.map((value) => int(5, value))),
    "as packed integers": half(block(5, concat(...bits.map((value) => varint(value))))),
    "in a file beside the graph": halfExternal,
  };

  for (const [way, tensor] of Object.entries(WAYS)) {
    it(`widens weights that lie ${way}`, () => {
      const widened = at(widenGraph(graph(block(5, tensor)), external), 7, 5);
      expect(numberIn(widened, 2)).toBe(FLOAT);
      expect(floats(widened)).toEqual(NUMBERS);
      expect([...fieldsOf(widened)].map(({ number }) => number).sort()).toEqual([1, 2, 8, 9]);
    });
  }

  it("takes other weights from beside the graph as they are", () => {
    const data = new Uint8Array(Float32Array.of(3, 4).buffer);
    const tensor = externalTensor("model.onnx_data", [2], 0, 8);
    const widened = at(widenGraph(graph(block(5, tensor)), new Map([["model.onnx_data", data]])), 7, 5);
    expect([numberIn(widened, 2), floats(widened)]).toEqual([FLOAT, [3, 4]]);
  });

  it("widens inputs, casts and constants, and leaves integers and everything else", () => {
    const value = (type: number) => block(2, block(1, int(1, type)));
    const cast = (to: number) => concat(block(4, "Cast"), block(5, concat(block(1, "to"), int(3, to), int(20, 2))));
    const axis = concat(block(4, "Concat"), block(5, concat(block(1, "axis"), int(3, 10))));
    const widened = at(
      widenGraph(graph(block(11, value(FLOAT16)), block(12, value(7)), block(1, cast(FLOAT16))), external),
      7,
    );
    expect(numberIn(at(widened, 11, 2, 1), 1)).toBe(FLOAT);
    expect(numberIn(at(widened, 12, 2, 1), 1)).toBe(7);
    expect(numberIn(at(widened, 1, 5), 3)).toBe(FLOAT);
    expect(widenGraph(graph(block(1, cast(7)), block(1, axis)), external)).toEqual(
      graph(block(1, cast(7)), block(1, axis)),
    );
  });

  it("refuses weights that were not read", () => {
    expect(() => widenGraph(graph(block(5, halfExternal)), new Map())).toThrow(RangeError);
  });
});
