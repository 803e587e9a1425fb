import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { readNpy, writeNpy } from "./npy.ts";

const reference = (name: string) => Deno.readFileSync(new URL(`../tests/npy/${name}.npy`, import.meta.url));
const values = Float32Array.from({ length: 24 }, (_, i) => Math.fround(i - 11.5) / 3);

describe("readNpy", () => {
  it("reads what NumPy wrote, header versions 1 and 2", () => {
    expect(readNpy(reference("c_order"))).toEqual({ dims: [1, 2, 3, 4], data: values });
    expect(readNpy(reference("version_2"))).toEqual({ dims: [4, 6], data: values });
    expect(readNpy(reference("one_axis"))).toEqual({ dims: [3], data: values.slice(0, 3) });
    expect(readNpy(reference("scalar"))).toEqual({ dims: [], data: Float32Array.of(0.1) });
  });

  it("refuses other kinds of numbers and names what came and what would be right", () => {
    expect(() => readNpy(reference("float64"))).toThrow(
      '.npy numbers are <f8; expected <f4, as array.astype("float32")',
    );
    expect(() => readNpy(reference("big_endian"))).toThrow(".npy numbers are >f4; expected <f4");
    expect(() => readNpy(reference("fortran"))).toThrow(".npy is in Fortran order; expected C order");
  });

  it("refuses a file of any shorter or longer length", () => {
    const file = reference("c_order");
    for (let length = 0; length < file.length; length++) {
      expect(() => readNpy(file.subarray(0, length))).toThrow(SyntaxError);
    }
    expect(() => readNpy(Uint8Array.of(...file, 0))).toThrow("97 bytes of numbers; shape (1, 2, 3, 4) needs 96");
  });

  it("refuses a shape that claims more numbers than there are, before it allocates them", () => {
    const text = String.fromCharCode(...reference("c_order")).replace("1, 2, 3, 4", "9, 9, 9e9, 4");
    const huge = text.replace("9e9", "999");
    const bytes = (latin1: string) => Uint8Array.from(latin1, (letter) => letter.charCodeAt(0));
    expect(() => readNpy(bytes(huge))).toThrow("needs");
    expect(() => readNpy(bytes(text))).toThrow("expected descr, fortran_order and shape");
    expect(() => readNpy(new TextEncoder().encode("P6 1 1 255 no array"))).toThrow("does not begin with NumPy's mark");
  });
});

describe("writeNpy", () => {
  it("writes what numpy.save writes, byte for byte", () => {
    expect(writeNpy({ dims: [1, 2, 3, 4], data: values })).toEqual(reference("c_order"));
    expect(writeNpy({ dims: [3], data: values.slice(0, 3) })).toEqual(reference("one_axis"));
    expect(writeNpy({ dims: [], data: Float32Array.of(0.1) })).toEqual(reference("scalar"));
    expect(writeNpy({ dims: [...Array(20).fill(1), 24], data: values })).toEqual(reference("long_header"));
  });

  it("writes only the numbers of a view", () => {
    expect(readNpy(writeNpy({ dims: [2], data: values.subarray(5, 7) })).data).toEqual(values.slice(5, 7));
  });
});
