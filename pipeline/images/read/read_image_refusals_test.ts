import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { goodFile, ihdr, join, jpegFrame, outcome, pngOf, text, webpHeader } from "../../../tests/images/handmade.ts";

const png = goodFile("PNG RGB 8 bit");

describe("readImage looks at the header first", () => {
  it("and refuses a size over the limits without looking at the picture, which is not there", async () => {
    const wish = "each side must be at most 4096 pixels";
    expect(await outcome(pngOf(ihdr(30000, 30000)))).toBe(
      `ImageError image_too_large: is 30000x30000 pixels; ${wish}`,
    );
    expect(await outcome(jpegFrame(65500, 65500))).toBe(`ImageError image_too_large: is 65500x65500 pixels; ${wish}`);
    expect(await outcome(webpHeader(16384, 16384))).toBe(`ImageError image_too_large: is 16384x16384 pixels; ${wish}`);
    expect(await outcome(pngOf(ihdr(2 ** 31 - 1, 1)))).toContain("image_too_large: is 2147483647x1 pixels");
  });

  it("with 4 · 2^20 pixels as the limit where none is told, 4096 · 4096 at most", async () => {
    const full = "is 2049x2048, 4196352 pixels; it must have at most 4194304 pixels";
    for (const file of [(w: number, h: number) => pngOf(ihdr(w, h)), jpegFrame, webpHeader]) {
      expect(await outcome(file(2049, 2048))).toBe(`ImageError image_too_large: ${full}`);
      expect(await outcome(file(2048, 2048))).toContain("ImageError invalid_image");
      expect(await outcome(file(4096, 4096), { pixels: 4096 * 4096 })).toContain("ImageError invalid_image");
      expect(await outcome(file(64, 65), { side: 64 })).toContain("is 64x65 pixels; each side must be at most 64");
      expect(await outcome(file(64, 64), { side: 8192 })).toContain("RangeError undefined: Limit of sides is 8192");
    }
  });

  it("and counts the encoded bytes before that", async () => {
    expect(await outcome(png, { bytes: png.length })).toBe("took 13x9");
    expect(await outcome(png, { bytes: png.length - 1 })).toBe(
      `ImageError image_too_large: has ${png.length} bytes; it must have at most ${png.length - 1}`,
    );
    expect(await outcome(new Uint8Array(20 * 2 ** 20 + 1))).toContain("image_too_large: has 20971521 bytes");
  });

  it("and refuses sides of zero", async () => {
    expect(await outcome(pngOf(ihdr(0, 5)))).toBe("ImageError invalid_image: is 0x5 pixels; it must be at least 1x1");
    expect(await outcome(jpegFrame(5, 0))).toBe("ImageError invalid_image: is 5x0 pixels; it must be at least 1x1");
  });
});

describe("readImage names what is no picture", () => {
  const kinds: [string, Uint8Array | string][] = [
    ["an SVG drawing", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["an SVG drawing", '\ufeff<?xml version="1.0"?>\n<!-- <html> --><svg width="1"></svg>'],
    ["an HTML page", "<!DOCTYPE html><title>x</title>"],
    ["an HTML page", " \n<script>alert(1)</script>"],
    ["an XML file", '<?xml version="1.0"?><a/>'],
    ["a ZIP archive", "PK\x03\x04rest"],
    ["gzip data", join([0x1f, 0x8b, 8, 0])],
    ["of an unknown format", "hello"],
    ["of an unknown format", join([0x89], text("PNG"))],
    ["of an unknown format", "RIFF1234WAVE"],
  ];
  for (const [name, bytes] of kinds) {
    it(`${name}: ${JSON.stringify(String(bytes)).slice(0, 50)}`, async () => {
      expect(await outcome(typeof bytes === "string" ? text(bytes) : bytes)).toBe(
        `ImageError unsupported_image: is ${name}; it must be a PNG, JPEG or WebP picture`,
      );
    });
  }

  it("and no bytes at all", async () => {
    expect(await outcome(new Uint8Array())).toContain("invalid_image: is empty; it must be a PNG, JPEG or WebP");
  });
});
