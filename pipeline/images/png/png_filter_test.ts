import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { RowFilter } from "./png_filter.ts";

/** A row of grey pixels. */
const grey = (...levels: number[]) => levels.flatMap((level) => [level, level, level]);

describe("RowFilter", () => {
  it("chooses by the smallest sum of absolute residuals, the lower number at a tie", () => {
    const filtered = new RowFilter(4).apply(Uint8Array.from([
      ...grey(0, 0, 0, 0), // all five leave zeros: None
      ...grey(9, 9, 9, 9), // Sub leaves 9 0 0 0, and so does Paeth
      ...grey(9, 9, 9, 8), // Up leaves 0 0 0 -1; Paeth the same
      ...grey(4, 6, 7, 7), // Average of left and above, rounded down, is 4 6 7 7: zeros
      ...grey(70, 72, 73, 73), // Paeth takes above for the first pixel, then left
      ...grey(250, 3, 250, 3), // near 0 modulo 256: None leaves -6 3 -6 3
    ]));
    expect(rows(filtered, 12)).toEqual([
      [0, ...grey(0, 0, 0, 0)],
      [1, ...grey(9, 0, 0, 0)],
      [2, ...grey(0, 0, 0, 255)],
      [3, ...grey(0, 0, 0, 0)],
      [4, ...grey(66, 2, 1, 0)],
      [0, ...grey(250, 3, 250, 3)],
    ]);
  });

  it("remembers the row above from call to call", () => {
    const picture = Uint8Array.from({ length: 6 * 12 }, (_, i) => (i * i) % 251);
    const whole = new RowFilter(4).apply(picture);
    const filter = new RowFilter(4);
    const parts = [0, 1, 2, 5].map((y, i, all) => filter.apply(picture.subarray(12 * y, 12 * (all[i + 1] ?? 6))));
    expect(parts.flatMap((part) => [...part])).toEqual([...whole]);
  });
});

function rows(filtered: Uint8Array, stride: number): number[][] {
  return Array.from(
    { length: filtered.length / (1 + stride) },
    (_, y) => [...filtered.subarray(y * (1 + stride), (y + 1) * (1 + stride))],
  );
}
