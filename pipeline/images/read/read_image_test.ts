import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { reference } from "../../../tests/images/references.ts";
import { readImage } from "./read_image.ts";

const { read, refused } = await reference<{
  read: { name: string; file: string; size: [number, number]; rgba: string }[];
  refused: { name: string; code: string; says: string; file: string }[];
}>("read_reference.json");

describe("readImage gives the pixels that pypng and Pillow give", () => {
  for (const { name, file, size: [width, height], rgba } of read) {
    it(name, async () => {
      const data = new Uint8ClampedArray(Uint8Array.fromBase64(rgba).buffer);
      expect(await readImage(Uint8Array.fromBase64(file))).toEqual({ width, height, data });
    });
  }
});

describe("readImage refuses by name", () => {
  for (const { name, code, says, file } of refused) {
    it(name, async () => {
      const message = expect.stringContaining(`${says}; `);
      await expect(readImage(Uint8Array.fromBase64(file))).rejects.toMatchObject({ name: "ImageError", code, message });
    });
  }
});
