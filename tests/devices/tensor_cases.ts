import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { Device } from "../../runtime/device.ts";
import { expectTensor, numbers } from "./numbers.ts";

/** What tensors, `Device.upload`, `Device.assemble` and `Device.counts` must do. */
export function tensorCases(device: Device): void {
  describe("tensors", () => {
    it("come back as they were uploaded", async () => {
      for (const count of [1, 3, 255, 1025]) {
        const data = numbers(count, count);
        const tensor = device.upload("B N", [1, count], data);
        expect([tensor.axes, tensor.where]).toEqual(["B N", device.memory]);
        await expectTensor(tensor, [1, count], data, 0);
      }
    });

    it("are copies, on the way in and out", async () => {
      const data = new Float32Array([1, 2]);
      using tensor = device.upload("B", [2], data);
      data[0] = 9;
      (await tensor.read())[1] = 9;
      expect(await tensor.read()).toEqual(new Float32Array([1, 2]));
    });

    it("keep their numbers when another one is disposed and its memory used again", async () => {
      using stays = device.upload("B", [4], new Float32Array([1, 2, 3, 4]));
      for (let i = 0; i < 5; i++) {
        using goes = device.upload("B", [4], new Float32Array(4).fill(i));
        expect(await goes.read()).toEqual(new Float32Array(4).fill(i));
      }
      expect(await stays.read()).toEqual(new Float32Array([1, 2, 3, 4]));
    });

    it("need numbers and dims that fit the axes", () => {
      const data = new Float32Array(6);
      expect(() => device.upload("B N", [2, 4], data)).toThrow("6 numbers were given for dims [2, 4], it must be 8");
      expect(() => device.upload("B N", [6], data)).toThrow(RangeError);
      expect(() => device.upload("B N", [-2, -3], data)).toThrow(RangeError);
      expect(() => device.upload("B 3 H W", [1, 2, 1, 3], data)).toThrow("fit the axes [B 3 H W]");
    });

    it("throw on every use after they were disposed, and may be disposed twice", async () => {
      const gone = device.upload("B C h w", [1, 1, 1, 1], new Float32Array(1));
      gone[Symbol.dispose]();
      gone[Symbol.dispose]();
      await expect(gone.read()).rejects.toThrow(ReferenceError);
      expect(() => device.feed(gone, {})).toThrow(ReferenceError);
      expect(() => device.assemble("B", [1], [{ of: gone, start: 0, length: 1 }])).toThrow(ReferenceError);
    });

    it("of another device are refused", () => {
      const foreign = { axes: "B C h w", dims: [1, 1, 1, 1], where: "cpu", read: () => Promise.reject() } as const;
      const tensor = { ...foreign, [Symbol.dispose]: () => {} };
      expect(() => device.feed(tensor, {})).toThrow(TypeError);
    });
  });

  describe("assemble", () => {
    it("joins, splits and repeats", async () => {
      using a = device.upload("B N D", [2, 2, 3], numbers(12, 1));
      using b = device.upload("B N D", [1, 2, 3], numbers(6, 2));
      const slices = [{ of: b, start: 0, length: 6 }, { of: a, start: 3, length: 5 }, { of: b, start: 5, length: 1 }];
      const expected = [...numbers(6, 2), ...numbers(12, 1).slice(3, 8), numbers(6, 2)[5]!];
      await expectTensor(device.assemble("B N D", [2, 2, 3], slices), [2, 2, 3], expected, 0);
    });

    it("refuses slices that leave their tensor or do not fill the dims", () => {
      using a = device.upload("B", [4], numbers(4, 1));
      const slice = (start: number, length: number) => [{ of: a, start, length }];
      expect(() => device.assemble("B", [3], slice(2, 3))).toThrow("A slice takes 3 elements from 2, its tensor has 4");
      expect(() => device.assemble("B", [1], slice(-1, 1))).toThrow(RangeError);
      expect(() => device.assemble("B", [4], slice(0, 3))).toThrow("3 numbers were given for dims [4], it must be 4");
    });
  });

  describe("counts", () => {
    it("tell what lives and what was read back", async () => {
      const before = device.counts();
      const x = device.upload("B C h w", [1, 2, 3, 3], numbers(18, 1));
      const step = {
        timestep: 1,
        inputScale: 1,
        level: { signal: 1, noise: 0 },
        x0: { x: 1, predicted: 0, clip: Infinity },
        next: { x: 0, predicted: 0, x0: 1, history: [], noise: 0 },
      };
      const wide = device.feed(x, { width: 5 });
      const joined = device.assemble("B C h w", [2, 2, 3, 3], [x, x].map((of) => ({ of, start: 0, length: 18 })));
      const stepped = device.step([{ step, guidance: 1 }], { x, predicted: x, history: [] });
      expect(device.counts()).toEqual({
        liveTensors: before.liveTensors + 4,
        liveBytes: before.liveBytes + 4 * (18 + 45 + 36 + 18),
        readbacks: before.readbacks,
      });
      await x.read();
      for (const tensor of [x, wide, joined, stepped.x]) tensor[Symbol.dispose]();
      expect(device.counts()).toEqual({ ...before, readbacks: before.readbacks + (device.memory === "gpu" ? 1 : 0) });
    });
  });
}
