import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { echoOf, pack, unpack } from "./request_record.ts";

const arrays = fc.oneof(
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    arrays,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]+$/), tie("value"), { maxKeys: 3 }),
  ),
}));

describe("request record", () => {
  it("gives back what was packed, with every array of its kind and to the bit", () => {
    fc.assert(fc.property(value!, (value) => expect(unpack(pack(value))).toEqual(value)));
  });

  it("stores a part of a larger buffer without the rest", () => {
    const part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    const packed = pack({ image: { width: 2, height: 1, data: part } });
    expect(packed.bytes).toEqual(new Uint8Array([2, 3]));
    expect(unpack(packed)).toEqual({ image: { width: 2, height: 1, data: new Uint8Array([2, 3]) } });
  });

  it("refuses arrays that it does not know", () => {
    expect(() => pack({ mask: new BigInt64Array(1) })).toThrow("mask is a BigInt64Array, which cannot be stored");
  });

  it("tells clients everything but arrays", () => {
    const request = {
      seed: 1,
      latents: new Float32Array(2),
      image: { width: 2, data: new Uint8Array(3) },
      boxes: [[0, 1]],
    };
    expect(echoOf(request)).toEqual({ seed: 1, image: { width: 2 }, boxes: [[0, 1]] });
  });
});
