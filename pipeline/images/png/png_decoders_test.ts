import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { decode as fastPng } from "fast-png";
import { PNG } from "pngjs";
import { bytesOf, chunksOf } from "../../../tests/images/chunks.ts";
import { pictures } from "../../../tests/images/pictures.ts";
import { pillow, pillowIsAbsent } from "../../../tests/images/pillow.ts";
import type { Pixels } from "../pixels.ts";
import { encodePng } from "./png_encode.ts";

const sizes = [[1, 1], [1, 9], [9, 1], [7, 13], [128, 128], [1031, 517]] as const;
const latin1 = { "parameters": "a fox\nSteps: 20", "Model hash": "0123456789", "empty": "", "Größe": "Füchse © ÿ" };
const beyondLatin1 = { "title": "狐, 🦊 and ü", "Ünicode": "\u0100" };
const text = { ...latin1, ...beyondLatin1 };

const cases: { name: string; image: Pixels; png: Uint8Array<ArrayBuffer> }[] = [];
for (const [width, height] of sizes) {
  for (const [content, picture] of Object.entries(pictures)) {
    const image = picture(width, height);
    cases.push({ name: `${content} ${width}x${height}`, image, png: await bytesOf(encodePng(image, text)) });
  }
}
cases.push(await large());

/** 12 megapixels out of one band's memory, used again and again. */
async function large() {
  const [width, height, rows] = [4000, 3000, 40];
  const image = pictures.quarters(width, height);
  const band = new Uint8Array(3 * width * rows);
  async function* bands() {
    for (let at = 0; at < image.data.length; at += band.length) {
      band.set(image.data.subarray(at, at + band.length));
      yield await Promise.resolve(band);
    }
  }
  const png = await bytesOf(encodePng({ width, height, bands: bands() }, text));
  return { name: `bands ${width}x${height}`, image, png };
}

describe("the pictures that are read", () => {
  it("use all five filters", () => {
    const used = new Set<number>();
    for (const { image: { width, height }, png } of cases) {
      const data = chunksOf(png).filter(({ type }) => type === "IDAT").map(({ data }) => data);
      const rows = inflateSync(Buffer.concat(data));
      for (let y = 0; y < height; y++) used.add(rows[y * (1 + 3 * width)]!);
    }
    expect([...used].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("a PNG of encodePng, read by fast-png", () => {
  for (const { name, image: { width, height, data }, png } of cases) {
    it(`gives back pixels and Latin-1 text: ${name}`, () => {
      const read = fastPng(png, { checkCrc: true });
      expect(read).toMatchObject({ width, height, channels: 3, depth: 8 });
      expect(read.text).toEqual(latin1);
      expect(sha256(Uint8Array.from(read.data))).toBe(sha256(data));
    });
  }
});

describe("a PNG of encodePng, read by pngjs", () => {
  for (const { name, image: { width, height, data }, png } of cases) {
    it(`gives back pixels: ${name}`, () => {
      const read: { width: number; height: number; data: Uint8Array } = PNG.sync.read(Buffer.from(png), {
        checkCRC: true,
      });
      expect([read.width, read.height]).toEqual([width, height]);
      const opaque = new Uint8Array(4 * width * height).fill(255);
      for (let pixel = 0; pixel < width * height; pixel++) {
        for (let channel = 0; channel < 3; channel++) opaque[4 * pixel + channel] = data[3 * pixel + channel]!;
      }
      expect(sha256(read.data)).toBe(sha256(opaque));
    });
  }
});

describe("a PNG of encodePng, read by Pillow", () => {
  it("gives back pixels and all text", { skip: pillowIsAbsent }, async () => {
    const everyLatin1 = String.fromCharCode(...Array.from({ length: 255 }, (_, i) => i + 1));
    const image = pictures.flat(2, 2);
    const png = await bytesOf(encodePng(image, { everyLatin1 }));
    const all = [...cases.map((one) => ({ ...one, text })), { name: "text", image, png, text: { everyLatin1 } }];
    const read = await pillow(all.map((one) => one.png));
    expect(read).toEqual(all.map(({ image: { width, height, data }, text }) => ({
      size: [width, height],
      mode: "RGB",
      sha256: sha256(data),
      text,
    })));
  });
});
