import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { deflateSync } from "node:zlib";
import { chunk } from "../../pipeline/images/png/png_chunk.ts";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";
import { goodFile, idat, ihdr, join, jpegFrame, pngOf, text } from "../images/handmade.ts";

const png = goodFile("PNG RGB 8 bit");
const jpeg = goodFile("JPEG progressive");
const pixel = idat(new Uint8Array(4));
/** A chunk that says it has 2 GB, and has not. */
const lying = join([0x7f, 0xff, 0xff, 0xff], text("iCCP"), new Uint8Array(100));
/** 100 KB that inflate to 100 MB, where a profile should be. */
const bomb = join(text("a\0\0"), deflateSync(new Uint8Array(100_000_000)));
const BOM = "\ufeff";

const WRONG: readonly [row: number, what: string, bytes: Uint8Array, code: string][] = [
  [15, "a PNG that says 30000x30000", pngOf(ihdr(30_000, 30_000), pixel), "image_too_large"],
  [15, "a PNG of width 0", pngOf(ihdr(0, 5), pixel), "invalid_image"],
  [15, "a PNG with a wrong checksum", png.with(45, png[45]! ^ 1), "invalid_image"],
  [15, "a PNG without IEND", png.subarray(0, -12), "invalid_image"],
  [15, "a PNG with an iCCP that says 2 GB", join(png.subarray(0, 33), lying), "invalid_image"],
  [
    15,
    "an APNG",
    pngOf(ihdr(1, 1), chunk("acTL", Uint8Array.of(0, 0, 0x27, 0x10, 0, 0, 0, 0)), pixel),
    "unsupported_image",
  ],
  [16, "a JPEG that is cut off", jpeg.subarray(0, jpeg.length / 2), "invalid_image"],
  [16, "a JPEG in CMYK", jpegFrame(16, 16, 0xc0, 8, 4), "unsupported_image"],
  [16, "an SVG", text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), "unsupported_image"],
  [16, "an SVG behind a byte order mark", text(`${BOM}<?xml version="1.0"?><svg/>`), "unsupported_image"],
  [16, "HTML", text("<!DOCTYPE html><script>alert(1)</script>"), "unsupported_image"],
  [16, "a ZIP", text("PK\x03\x04rest"), "unsupported_image"],
  [16, "a PNG with a ZIP behind it", join(png, text("PK\x03\x04")), "unsupported_image"],
];

const GOOD = [
  "PNG RGB interlaced 1x1",
  "PNG RGB 16 bit",
  "PNG palette 4 bit, interlaced",
  "JPEG progressive",
  "JPEG orientation 6",
];

/** Sends bytes as the three APIs take pictures, all called picture.png. */
const SENDERS: Readonly<Record<string, (service: FakeService, bytes: Uint8Array) => Promise<Response>>> = {
  "/v1/generate": (service, bytes) => service.post(JSON.stringify({ prompt: "x", steps: 4, image: dataOf(bytes) })),
  "/v1/images/edits": (service, bytes) => {
    const body = new FormData();
    body.set("prompt", "x");
    body.set("steps", "4");
    body.set("image", new File([Uint8Array.from(bytes)], "picture.png", { type: "image/png" }));
    return service.send("/v1/images/edits", { method: "POST", body });
  },
  "/sdapi/v1/img2img": (service, bytes) => {
    const body = JSON.stringify({ prompt: "x", steps: 4, init_images: [bytes.toBase64()] });
    return service.send("/sdapi/v1/img2img", { method: "POST", headers: JSON_TYPE, body });
  },
};

describe("bad inputs, pictures", () => {
  for (const [path, send] of Object.entries(SENDERS)) {
    for (const [row, what, bytes, code] of WRONG) {
      it(`row ${row}: ${what} to ${path}: ${path.startsWith("/v1") ? 400 : 422} ${code}`, async () => {
        const service = new FakeService({ limits: { bytes: 1_000_000, deadline: 5000 } });
        const answer = await send(service, bytes);
        if (path.startsWith("/v1")) {
          expect((await service.refusal(answer, 400, code)).param).toBe("image");
        } else {
          const [{ loc, type }] = (await answer.json()).detail;
          expect([answer.status, loc, type]).toEqual([422, ["body", "init_images"], code]);
        }
        expect(service.fake.requests).toEqual([]);
      });
    }
    it(`rows 15 and 16: kinds that are rare, and legal, to ${path}: 200`, async () => {
      const service = new FakeService({ limits: { bytes: 1_000_000, deadline: 5000 } });
      for (const name of GOOD) {
        const answer = await send(service, goodFile(name));
        expect([name, answer.status]).toEqual([name, 200]);
        await answer.bytes();
      }
    });
    it(`row 15: a profile of 100 KB that would inflate to 100 MB, to ${path}: 200, left as it is`, async () => {
      const service = new FakeService({ limits: { bytes: 1_000_000, deadline: 5000 } });
      const before = Deno.memoryUsage().rss;
      const answer = await send(service, pngOf(ihdr(1, 1), chunk("iCCP", bomb), pixel));
      expect(answer.status).toBe(200);
      await answer.bytes();
      expect(Deno.memoryUsage().rss - before).toBeLessThan(60e6);
    });
  }
});

const ADDRESSES = [
  "http://127.0.0.1:8000/x.png",
  "https://example.org/x.png",
  "file:///etc/passwd",
  "ftp://example.org/x.png",
  "http://169.254.169.254/latest/meta-data/",
  "http://[::1]/x.png",
  "http://ok\\@evil.example/x.png",
  "//evil.example/x.png",
];

describe("bad inputs, addresses of pictures", () => {
  /** What would have opened a connection. */
  const asked: unknown[] = [];
  const { connect } = Deno;
  const { fetch } = globalThis;
  async function watched(work: () => Promise<void>): Promise<void> {
    const refuse = (...args: unknown[]) => {
      asked.push(args);
      return Promise.reject(new Error("Nothing may be opened"));
    };
    Object.assign(Deno, { connect: refuse });
    globalThis.fetch = refuse;
    try {
      await work();
    } finally {
      Object.assign(Deno, { connect });
      globalThis.fetch = fetch;
    }
    expect(asked).toEqual([]);
  }

  for (const address of ADDRESSES) {
    it(`row 17: ${address}: refused by all three, no connection opened`, () =>
      watched(async () => {
        const service = new FakeService();
        const native = await service.post(JSON.stringify({ prompt: "x", image: address }));
        // What has no scheme could be base64, and is none.
        const expected = [400, address.startsWith("//") ? "invalid_image" : "url_not_supported"];
        expect([native.status, (await native.json()).error.code]).toEqual(expected);
        const edit = { prompt: "x", images: [{ image_url: address }] };
        const openai = await service.send("/v1/images/edits", {
          method: "POST",
          headers: JSON_TYPE,
          body: JSON.stringify(edit),
        });
        expect([openai.status, (await openai.json()).error.code]).toEqual(expected);
        const a1111 = { prompt: "x", init_images: [address] };
        const answer = await service.send("/sdapi/v1/img2img", {
          method: "POST",
          headers: JSON_TYPE,
          body: JSON.stringify(a1111),
        });
        expect([answer.status >= 400 && answer.status < 500, service.fake.requests]).toEqual([true, []]);
      }));
  }

  it("row 17: data of a type that is no picture's: 400", async () => {
    const service = new FakeService();
    for (
      const image of ["data:text/html;base64,PGI+", "data:image/svg+xml;base64,PHN2Zy8+", "data:,x", "data:image/png,x"]
    ) {
      const answer = await service.post(JSON.stringify({ prompt: "x", image }));
      expect([image, answer.status]).toEqual([image, 400]);
    }
    expect(service.fake.requests).toEqual([]);
  });
});

function dataOf(bytes: Uint8Array): string {
  return `data:image/png;base64,${bytes.toBase64()}`;
}
