import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { NoiseField } from "./noise_field.ts";

/** Each number says its draw, channel, row and column. */
const field = (drawn: number[]) =>
  new NoiseField([2, 4, 6], 8, (index) => {
    drawn.push(index);
    return Float32Array.from({ length: 48 }, (_, i) =>
      1000 * index + 100 * Math.floor(i / 24) + 10 * (Math.floor(i / 6) % 4) + i % 6);
  });

describe("NoiseField", () => {
  it("shows each window its part of the same noise, draw by draw", () => {
    const drawn: number[] = [];
    const whole = field(drawn);
    const [a, b] = [{ left: 0, top: 0 }, { left: 16, top: 8 }].map((at) =>
      whole.window({ ...at, width: 32, height: 16 })
    );
    expect([...a!.normals(16)]).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 100, 101, 102, 103, 110, 111, 112, 113]);
    expect([...a!.normals(16)].slice(0, 5)).toEqual([1000, 1001, 1002, 1003, 1010]);
    expect([...b!.normals(16)]).toEqual([12, 13, 14, 15, 22, 23, 24, 25, 112, 113, 114, 115, 122, 123, 124, 125]);
    expect([...b!.normals(16)].slice(0, 5)).toEqual([1012, 1013, 1014, 1015, 1022]);
    expect(drawn).toEqual([0, 1]);
  });

  it("refuses to draw another number than the window has", () => {
    const window = field([]).window({ left: 0, top: 0, width: 48, height: 32 });
    expect(() => window.normals(47)).toThrow("Normals to draw are 47; expected the 48 of the window");
  });
});
