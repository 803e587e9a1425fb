import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { fill } from "../../tests/fakes/fake_generate.ts";
import { contactSheet } from "./contact_sheet.ts";
import { crop } from "./regions/crop.ts";

const size = { width: 3, height: 2 };
const pictures = (count: number) => Array.from({ length: count }, (_, i) => fill(size, i));

describe("contactSheet", () => {
  it("has each picture in its cell, row by row, and white where there is none", () => {
    const sheets = [[1, 1, 1], [2, 2, 1], [3, 2, 2], [4, 2, 2], [5, 3, 2], [16, 4, 4]] as const;
    for (const [count, columns, rows] of sheets) {
      const sheet = contactSheet(pictures(count));
      expect([sheet.width, sheet.height]).toEqual([3 * columns, 2 * rows]);
      for (let cell = 0; cell < columns * rows; cell++) {
        const [x, y] = [3 * (cell % columns), 2 * Math.floor(cell / columns)];
        expect(crop(sheet, { x, y, ...size })).toEqual(fill(size, cell < count ? cell : 0xffffff));
      }
    }
  });

  it("refuses pictures of different sizes", () => {
    const mixed = [...pictures(1), fill({ width: 2, height: 2 }, 0)];
    expect(() => contactSheet(mixed)).toThrow("Picture 1 is 2x2; expected 3x2 as the first");
  });
});
