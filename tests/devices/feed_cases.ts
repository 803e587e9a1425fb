import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { Device, Feed } from "../../runtime/device.ts";
import type { Latents } from "../../runtime/tensor.ts";
import { at, expectTensor, fill, type Grid, grid } from "./numbers.ts";

const X = grid([2, 3, 5, 7], 1);
const CONDITIONS = grid([2, 4, 5, 7], 2);

/** What `Device.feed` and `Device.mix` must do. */
export function feedCases(device: Device): void {
  const latents = ({ dims, data }: Grid): Latents => device.upload("B C h w", dims, data);

  /** Runs a feed, with conditions if `concat` is set, and compares it with the comment of `Feed`, in float64. */
  async function check(how: Omit<Feed, "concat">, concat = false): Promise<void> {
    using x = latents(X);
    using conditions = latents(CONDITIONS);
    const [B, C, h, w] = X.dims;
    const given = concat ? C + CONDITIONS.dims[1] : C;
    const dims = [(how.copies ?? 1) * B, how.width ?? given, h, w] as const;
    const expected = fill(dims, (row, c, y, column) => {
      const b = row % B;
      if (c >= given) return 0;
      if (c >= C) return at(CONDITIONS, b, c - C, y, column);
      const { scale = [1, 1, 1], shift = [0, 0, 0] } = how.channels ?? {};
      return at(X, b, c, y, column) * (how.rows?.[b] ?? 1) * scale[c]! + shift[c]!;
    });
    const result = device.feed(x, concat ? { ...how, concat: conditions } : how);
    await expectTensor(result, dims, expected);
  }
  const channels = { scale: [2, -0.5, 3], shift: [0.25, 1, -4] };

  describe("feed", () => {
    it("copies", () => check({}));
    it("scales each row", () => check({ rows: [0.5, -2] }));
    it("scales and shifts each channel", () => check({ channels }));
    it("repeats the batch", () => check({ copies: 2 }));
    it("concatenates conditions", () => check({}, true));
    it("leaves conditions as they are, in every copy", () => check({ rows: [0.5, -2], channels, copies: 3 }, true));
    it("fills the rest with zeros, in used memory too", async () => {
      latents(grid([4, 11, 5, 7], 9))[Symbol.dispose]();
      await check({ rows: [0.5, -2], channels, copies: 2, width: 11 }, true);
    });
    it("widens without conditions", () => check({ copies: 2, width: 81 }));

    it("refuses parts that do not fit", () => {
      using x = latents(X);
      using other = latents(grid([1, 4, 5, 7], 2));
      expect(() => device.feed(x, { concat: other })).toThrow(
        "concat has dims [1, 4, 5, 7], they must be [2, 4, 5, 7]",
      );
      expect(() => device.feed(x, { rows: [1] })).toThrow("rows has 1 numbers, there must be 2");
      expect(() => device.feed(x, { channels: { scale: [1], shift: [0, 0, 0] } })).toThrow("channels.scale");
      expect(() => device.feed(x, { channels: { scale: [1, 1, 1], shift: [0] } })).toThrow("channels.shift");
      expect(() => device.feed(x, { copies: 0 })).toThrow(RangeError);
      expect(() => device.feed(x, { width: 2 })).toThrow("width is 2, it must be at least the 3 channels");
    });
  });

  describe("mix", () => {
    it("takes a where the mask is 1 and b where it is 0", async () => {
      const [A, B, MASK] = [grid([2, 3, 8, 9], 1), grid([2, 3, 8, 9], 2), grid([2, 1, 8, 9], 3)];
      const weights = MASK.data.map((number) => Math.min(Math.max(number, 0), 1));
      using a = latents(A);
      using b = latents(B);
      using mask = device.upload("B 1 h w", MASK.dims, weights);
      const expected = fill(A.dims, (row, c, y, x) => {
        const m = at({ dims: MASK.dims, data: weights }, row, 0, y, x);
        return at(B, row, c, y, x) + m * (at(A, row, c, y, x) - at(B, row, c, y, x));
      });
      await expectTensor(device.mix(a, b, mask), A.dims, expected);
    });

    it("refuses tensors that do not fit", () => {
      using a = latents(X);
      using b = latents(CONDITIONS);
      using mask = device.upload("B 1 h w", [1, 1, 5, 7], new Float32Array(35));
      expect(() => device.mix(a, b, mask)).toThrow("b has dims [2, 4, 5, 7], they must be [2, 3, 5, 7]");
      expect(() => device.mix(a, a, mask)).toThrow("mask has dims [1, 1, 5, 7], they must be [2, 1, 5, 7]");
    });
  });
}
