import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import fc from "fast-check";
import { deflateSync } from "node:zlib";
import { chunksOf } from "../../../tests/images/chunks.ts";
import { reference } from "../../../tests/images/references.ts";
import { chunk, SIGNATURE } from "../png/png_chunk.ts";
import { type ImageLimits, readImage } from "./read_image.ts";

const { read } = await reference<{ read: { name: string; file: string }[] }>("read_reference.json");
const fileOf = (wanted: string) => Uint8Array.fromBase64(read.find(({ name }) => name === wanted)!.file);
const [png, jpeg, progressive, webp, webpl] = [
  "PNG RGB 8 bit",
  "JPEG baseline",
  "JPEG progressive",
  "WebP lossy with alpha",
  "WebP lossless",
].map(fileOf) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

const refusal = (bytes: Uint8Array, limits?: ImageLimits) =>
  readImage(bytes, limits).then(
    ({ width, height }) => `took ${width}x${height}`,
    (error) => `${error.name} ${error.code}: ${error.message}`,
  );
const join = (...parts: (Uint8Array | readonly number[])[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const text = (content: string) => new TextEncoder().encode(content);
const u32 = (...values: number[]) => values.flatMap((value) => [24, 16, 8, 0].map((shift) => value >>> shift & 255));

/** A PNG's IHDR. */
const ihdr = (width: number, height: number, depth = 8, colour = 2, rest = [0, 0, 0]) =>
  chunk("IHDR", Uint8Array.from([...u32(width, height), depth, colour, ...rest]));
const idat = (bytes: Uint8Array) => chunk("IDAT", deflateSync(bytes));
const pngOf = (...chunks: Uint8Array[]) => join(SIGNATURE, ...chunks, chunk("IEND"));
/** A JPEG frame of a size with nothing behind it. */
const frame = (width: number, height: number, marker = 0xc0, precision = 8, components = 3) =>
  join([0xff, 0xd8, 0xff, marker, 0, 11, precision, height >> 8, height & 255, width >> 8, width & 255, components], [
    ...[1, 0x11, 0],
  ]);
/** A lossless WebP of a size with nothing behind its header. */
const vp8l = (width: number, height: number) => {
  const bits = (width - 1) | (height - 1) << 14;
  return join(text("RIFF"), [18, 0, 0, 0], text("WEBPVP8L"), [5, 0, 0, 0, 0x2f], u32(bits).reverse(), [0]);
};

describe("readImage looks at the header first", () => {
  it("and refuses a size over the limits without looking at the picture, which is not there", async () => {
    const wish = "each side must be at most 4096 pixels";
    expect(await refusal(pngOf(ihdr(30000, 30000)))).toBe(
      `ImageError image_too_large: is 30000x30000 pixels; ${wish}`,
    );
    expect(await refusal(frame(65500, 65500))).toBe(`ImageError image_too_large: is 65500x65500 pixels; ${wish}`);
    expect(await refusal(vp8l(16384, 16384))).toBe(`ImageError image_too_large: is 16384x16384 pixels; ${wish}`);
    expect(await refusal(pngOf(ihdr(2 ** 31 - 1, 1)))).toContain("image_too_large: is 2147483647x1 pixels");
  });

  it("with 4 · 2^20 pixels as the limit where none is told, 4096 · 4096 at most", async () => {
    const full = "is 2049x2048, 4196352 pixels; it must have at most 4194304 pixels";
    for (const file of [(w: number, h: number) => pngOf(ihdr(w, h)), frame, vp8l]) {
      expect(await refusal(file(2049, 2048))).toBe(`ImageError image_too_large: ${full}`);
      expect(await refusal(file(2048, 2048))).toContain("ImageError invalid_image");
      expect(await refusal(file(4096, 4096), { pixels: 4096 * 4096 })).toContain("ImageError invalid_image");
      expect(await refusal(file(64, 65), { side: 64 })).toContain("is 64x65 pixels; each side must be at most 64");
      expect(await refusal(file(64, 64), { side: 8192 })).toContain("RangeError undefined: Limit of sides is 8192");
    }
  });

  it("and counts the encoded bytes before that", async () => {
    expect(await refusal(png, { bytes: png.length })).toBe("took 13x9");
    expect(await refusal(png, { bytes: png.length - 1 })).toBe(
      `ImageError image_too_large: has ${png.length} bytes; it must have at most ${png.length - 1}`,
    );
    expect(await refusal(new Uint8Array(20 * 2 ** 20 + 1))).toContain("image_too_large: has 20971521 bytes");
  });

  it("and refuses sides of zero", async () => {
    expect(await refusal(pngOf(ihdr(0, 5)))).toBe("ImageError invalid_image: is 0x5 pixels; it must be at least 1x1");
    expect(await refusal(frame(5, 0))).toBe("ImageError invalid_image: is 5x0 pixels; it must be at least 1x1");
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
      expect(await refusal(typeof bytes === "string" ? text(bytes) : bytes)).toBe(
        `ImageError unsupported_image: is ${name}; it must be a PNG, JPEG or WebP picture`,
      );
    });
  }

  it("and no bytes at all", async () => {
    expect(await refusal(new Uint8Array())).toContain("invalid_image: is empty; it must be a PNG, JPEG or WebP");
  });
});

describe("readImage refuses every file that is cut off", () => {
  for (const [name, bytes] of Object.entries({ png, jpeg, progressive, webp, webpl })) {
    it(name, async () => {
      for (let length = 12; length < bytes.length; length += length > 700 && length < bytes.length - 40 ? 17 : 1) {
        expect(`${length} ${await refusal(bytes.subarray(0, length))}`).toContain(`${length} ImageError invalid_image`);
      }
    });
  }

  it("also with an end marker sewn on", async () => {
    for (const bytes of [jpeg, progressive]) {
      const scan = bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === 0xda);
      for (const part of [0.2, 0.5, 0.9]) {
        const cut = join(bytes.subarray(0, Math.floor(scan + 20 + part * (bytes.length - scan - 22))), [0xff, 0xd9]);
        expect(await refusal(cut)).toMatch(
          /invalid_image: is a (broken JPEG: Corrupt JPEG data: premature end|JPEG cut off)/,
        );
      }
    }
  });
});

describe("readImage refuses a PNG", () => {
  const pixel = idat(new Uint8Array(4)); // filter number and one black RGB pixel
  const cases: [string, Uint8Array, string][] = [
    [
      "with a wrong checksum",
      png.with(45, png[45]! ^ 1),
      "invalid_image: is a broken PNG: the checksum of its chunk IDAT",
    ],
    ["without IEND", png.subarray(0, -12), "invalid_image: is a PNG cut off after"],
    [
      "with a ZIP behind it",
      join(png, text("PK\x03\x04")),
      "unsupported_image: is a PNG with 4 more bytes after its end",
    ],
    ["without IHDR", pngOf(pixel, pixel), "invalid_image: is a broken PNG: its first chunk is not IHDR"],
    ["without IDAT", pngOf(ihdr(1, 1)), "invalid_image: is a broken PNG: its picture data cannot be inflated"],
    ["of colour type 5", pngOf(ihdr(1, 1, 8, 5), pixel), "its header tells depth 8, colour type 5"],
    ["of RGB with 4 bits", pngOf(ihdr(1, 1, 4), pixel), "its header tells depth 4, colour type 2"],
    ["of interlace 2", pngOf(ihdr(1, 1, 8, 2, [0, 0, 2]), pixel), "filter 0, interlace 2, which do not go together"],
    ["with too little data", pngOf(ihdr(1, 2), pixel), "is a broken PNG: 1x2 need 8 bytes, it holds 4"],
    ["with filter 5", pngOf(ihdr(1, 1), idat(Uint8Array.of(5, 0, 0, 0))), "is a broken PNG: row 0 has filter 5"],
    ["of palette without one", pngOf(ihdr(1, 1, 8, 3), idat(new Uint8Array(2))), "its palette has 0 bytes"],
    [
      "with a colour that its palette lacks",
      pngOf(ihdr(1, 1, 8, 3), chunk("PLTE", new Uint8Array(6)), idat(Uint8Array.of(0, 2))),
      "is a broken PNG: it uses colour 2 of 2",
    ],
    ["with a short tRNS", pngOf(ihdr(1, 1), chunk("tRNS", new Uint8Array(2)), pixel), "its tRNS has 2 bytes, not 6"],
    ["of Apple's own", pngOf(ihdr(1, 1), chunk("CgBI"), pixel), "unsupported_image: is a PNG with a chunk CgBI"],
    [
      "of many frames",
      pngOf(ihdr(1, 1), chunk("acTL", new Uint8Array(8)), pixel),
      "unsupported_image: is an animated PNG",
    ],
  ];
  for (const [name, bytes, says] of cases) {
    it(name, async () => expect(await refusal(bytes)).toContain(says));
  }

  it("that inflates to more than its size needs, no further than that", async () => {
    const bomb = idat(new Uint8Array(64 * 2 ** 20));
    expect(await refusal(pngOf(ihdr(1, 1), bomb))).toContain("is a broken PNG: 1x1 need 4 bytes, it holds more");
  });

  it("but not for a profile or text that would inflate to much more, or not at all", async () => {
    const bomb = join(text("x\0\0"), deflateSync(new Uint8Array(64 * 2 ** 20)));
    for (const type of ["iCCP", "zTXt"]) {
      for (const data of [bomb, text("x\0\0nonsense")]) {
        expect(await refusal(pngOf(ihdr(1, 1), chunk(type, data), pixel))).toBe("took 1x1");
      }
    }
  });

  it("only where it is broken: an IDAT may come in parts", async () => {
    const parts = chunksOf(png).filter(({ type }) => type === "IDAT").flatMap(({ data }) => [...data]);
    const idats = parts.map((byte) => chunk("IDAT", Uint8Array.of(byte)));
    const whole = join(png.subarray(0, 33), ...idats, chunk("IEND"));
    expect(await readImage(whole)).toEqual(await readImage(png));
  });
});

describe("readImage refuses a JPEG or WebP", () => {
  const cases: [string, Uint8Array, string][] = [
    ["with arithmetic coding", frame(1, 1, 0xc9), "unsupported_image: is an arithmetic-coded JPEG"],
    ["that is lossless", frame(1, 1, 0xc3), "unsupported_image: is a lossless JPEG"],
    ["of 12 bits", frame(1, 1, 0xc1, 12), "unsupported_image: is a JPEG of 12 bits a sample; save it with 8"],
    ["of two colours", frame(1, 1, 0xc0, 8, 2), "unsupported_image: is a JPEG of 2 colours; save it as RGB"],
    ["without a frame", Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), "invalid_image: is a JPEG without a picture"],
    [
      "of scans without end",
      join(frame(1, 1, 0xc2), Array(33).fill([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]).flat()),
      "unsupported_image: is a JPEG of more than 32 scans",
    ],
    ["with a WebP's tail", join(webp, [0, 0, 0, 0]), "unsupported_image: is a WebP with 4 more bytes after its end"],
    [
      "without a picture chunk",
      join(text("RIFF"), [4, 0, 0, 0], text("WEBP")),
      "invalid_image: is a WebP without a picture",
    ],
    ["with garbage in VP8L", vp8l(100, 100), "invalid_image: is a broken WebP: libwebp cannot decode it"],
  ];
  for (const [name, bytes, says] of cases) {
    it(name, async () => expect(await refusal(bytes)).toContain(says));
  }

  it("but not a JPEG that is followed by something else, as phones write it", async () => {
    expect(await readImage(join(jpeg, text("PK\x03\x04"), jpeg))).toEqual(await readImage(jpeg));
  });
});

describe("readImage, whatever the bytes", () => {
  const files = fc.constantFrom(...read.map(({ file }) => Uint8Array.fromBase64(file)));
  const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
  const outcome = /^(took \d+x\d+|ImageError (invalid_image|unsupported_image|image_too_large): .+; .+)$/;

  it("gives a picture or an ImageError for a file with changed bytes", async () => {
    await fc.assert(
      fc.asyncProperty(files, edits, async (file, edits) => {
        const changed = file.slice();
        for (const [at, byte] of edits) changed[at % changed.length] = byte;
        expect(await refusal(changed)).toMatch(outcome);
      }),
      { numRuns: 400 },
    );
  });

  it("does so for a head of one file with other bytes behind it", async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.nat(), fc.uint8Array({ maxLength: 300 }), async (file, at, rest) => {
        expect(await refusal(join(file.subarray(0, at % file.length), rest))).toMatch(outcome);
      }),
      { numRuns: 300 },
    );
  });
});
