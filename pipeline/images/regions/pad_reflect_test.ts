import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { padReflect } from "./pad_reflect.ts";

const grey = (width: number, height: number, ...data: number[]) => ({ width, height, data: Uint8Array.from(data) });

describe("padReflect", () => {
  it("gives NumPy's `pad` with mode reflect", () => {
    // np.pad([[0, 1, 2], [3, 4, 5]], ((0, 2), (0, 5)), "reflect")
    const padded = [[0, 1, 2, 1, 0, 1, 2, 1], [3, 4, 5, 4, 3, 4, 5, 4]];
    const rows = [padded[0]!, padded[1]!, padded[0]!, padded[1]!].flat();
    expect(padReflect(grey(3, 2, 0, 1, 2, 3, 4, 5), 8, 4)).toEqual(grey(8, 4, ...rows));
  });

  it("repeats a single column, and keeps the channels of a pixel together", () => {
    expect(padReflect(grey(1, 1, 7, 8, 9), 2, 2)).toEqual(grey(2, 2, 7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9));
  });

  it("gives a picture of the size as it is, and refuses a smaller size", () => {
    const picture = grey(2, 1, 3, 4);
    expect(padReflect(picture, 2, 1)).toBe(picture);
    expect(() => padReflect(picture, 1, 1)).toThrow("Size to pad to is 1x1; expected at least 2x1");
  });
});
