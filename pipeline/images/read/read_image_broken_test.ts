import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import fc from "fast-check";
import { deflateSync } from "node:zlib";
import { chunksOf } from "../../../tests/images/chunks.ts";
import {
  goodFile,
  goodFiles,
  idat,
  ihdr,
  join,
  jpegFrame,
  outcome,
  pngOf,
  text,
  webpHeader,
} from "../../../tests/images/handmade.ts";
import { chunk } from "../png/png_chunk.ts";
import { readImage } from "./read_image.ts";

const png = goodFile("PNG RGB 8 bit");
const jpeg = goodFile("JPEG baseline");
const progressive = goodFile("JPEG progressive");
const webp = goodFile("WebP lossy with alpha");
const webpl = goodFile("WebP lossless");

describe("readImage refuses every file that is cut off", () => {
  for (const [name, bytes] of Object.entries({ png, jpeg, progressive, webp, webpl })) {
    it(name, async () => {
      for (let length = 12; length < bytes.length; length += length > 700 && length < bytes.length - 40 ? 17 : 1) {
        expect(`${length} ${await outcome(bytes.subarray(0, length))}`).toContain(`${length} ImageError invalid_image`);
      }
    });
  }

  it("also with an end marker sewn on", async () => {
    for (const bytes of [jpeg, progressive]) {
      const scan = bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === 0xda);
      for (const part of [0.2, 0.5, 0.9]) {
        const cut = join(bytes.subarray(0, Math.floor(scan + 20 + part * (bytes.length - scan - 22))), [0xff, 0xd9]);
        expect(await outcome(cut)).toMatch(
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
    it(name, async () => expect(await outcome(bytes)).toContain(says));
  }

  it("that inflates to more than its size needs, no further than that", async () => {
    const bomb = idat(new Uint8Array(64 * 2 ** 20));
    expect(await outcome(pngOf(ihdr(1, 1), bomb))).toContain("is a broken PNG: 1x1 need 4 bytes, it holds more");
  });

  it("but not for a profile or text that would inflate to much more, or not at all", async () => {
    const bomb = join(text("x\0\0"), deflateSync(new Uint8Array(64 * 2 ** 20)));
    for (const type of ["iCCP", "zTXt"]) {
      for (const data of [bomb, text("x\0\0nonsense")]) {
        expect(await outcome(pngOf(ihdr(1, 1), chunk(type, data), pixel))).toBe("took 1x1");
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
    ["with arithmetic coding", jpegFrame(1, 1, 0xc9), "unsupported_image: is an arithmetic-coded JPEG"],
    ["that is lossless", jpegFrame(1, 1, 0xc3), "unsupported_image: is a lossless JPEG"],
    ["of 12 bits", jpegFrame(1, 1, 0xc1, 12), "unsupported_image: is a JPEG of 12 bits a sample; save it with 8"],
    ["of two colours", jpegFrame(1, 1, 0xc0, 8, 2), "unsupported_image: is a JPEG of 2 colours; save it as RGB"],
    ["without a frame", Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), "invalid_image: is a JPEG without a picture"],
    [
      "of scans without end",
      join(jpegFrame(1, 1, 0xc2), Array(33).fill([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]).flat()),
      "unsupported_image: is a JPEG of more than 32 scans",
    ],
    ["with a WebP's tail", join(webp, [0, 0, 0, 0]), "unsupported_image: is a WebP with 4 more bytes after its end"],
    [
      "without a picture chunk",
      join(text("RIFF"), [4, 0, 0, 0], text("WEBP")),
      "invalid_image: is a WebP without a picture",
    ],
    ["with garbage in VP8L", webpHeader(100, 100), "invalid_image: is a broken WebP: libwebp cannot decode it"],
  ];
  for (const [name, bytes, says] of cases) {
    it(name, async () => expect(await outcome(bytes)).toContain(says));
  }

  it("but not a JPEG that is followed by something else, as phones write it", async () => {
    expect(await readImage(join(jpeg, text("PK\x03\x04"), jpeg))).toEqual(await readImage(jpeg));
  });
});

describe("readImage, whatever the bytes", () => {
  const files = fc.constantFrom(...goodFiles);
  const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
  const either = /^(took \d+x\d+|ImageError (invalid_image|unsupported_image|image_too_large): .+; .+)$/;

  it("gives a picture or an ImageError for a file with changed bytes", async () => {
    await fc.assert(
      fc.asyncProperty(files, edits, async (file, edits) => {
        const changed = file.slice();
        for (const [at, byte] of edits) changed[at % changed.length] = byte;
        expect(await outcome(changed)).toMatch(either);
      }),
      { numRuns: 400 },
    );
  });

  it("does so for a head of one file with other bytes behind it", async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.nat(), fc.uint8Array({ maxLength: 300 }), async (file, at, rest) => {
        expect(await outcome(join(file.subarray(0, at % file.length), rest))).toMatch(either);
      }),
      { numRuns: 300 },
    );
  });
});
