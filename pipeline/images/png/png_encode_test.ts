import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { Buffer } from "node:buffer";
import { constants, inflateSync } from "node:zlib";
import { decode } from "fast-png";
import { bytesOf, chunksOf } from "../../../tests/images/chunks.ts";
import { pictures } from "../../../tests/images/pictures.ts";
import { FlushingDeflate } from "./png_deflate.ts";
import { encodePng } from "./png_encode.ts";

const image = pictures.quarters(20, 30);
const { width, height, data } = image;
const stride = 3 * width;

/** Three bands of ten rows that count how often they were asked for and whether they were let go. */
function counted() {
  const seen = { asked: 0, closed: false };
  async function* bands() {
    try {
      for (let y = 0; y < height; y += 10) {
        seen.asked++;
        yield await Promise.resolve(data.subarray(y * stride, (y + 10) * stride));
      }
    } finally {
      seen.closed = true;
    }
  }
  return { seen, stream: encodePng({ width, height, bands: bands() }, { title: "bands" }) };
}

/** The types of the chunks that came before the stream failed, and its error. */
async function failure(bands: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  const types: string[] = [];
  try {
    for await (const bytes of encodePng({ width, height, bands })) {
      types.push(new TextDecoder().decode(bytes.subarray(4, 8)));
    }
  } catch (error) {
    return { types, error };
  }
  throw new Error("The stream did not fail");
}

describe("encodePng streams", () => {
  const dispose = FlushingDeflate.prototype[Symbol.dispose];
  let disposed = 0;
  beforeEach(() => {
    disposed = 0;
    FlushingDeflate.prototype[Symbol.dispose] = function () {
      disposed++;
      dispose.call(this);
    };
  });
  afterEach(() => {
    FlushingDeflate.prototype[Symbol.dispose] = dispose;
  });

  it("signature, IHDR and text before it asks for a band, then asks for one band per pull", async () => {
    const { seen, stream } = counted();
    const reader = stream.getReader();
    const next = async () => Buffer.from((await reader.read()).value!).toString("latin1");
    expect([await next(), await next(), await next()].map((bytes) => bytes.slice(0, 8))).toEqual([
      "\x89PNG\r\n\x1a\n",
      "\0\0\0\rIHDR",
      "\0\0\0\x0btEXt",
    ]);
    expect(seen.asked).toBe(0);
    for (const band of [1, 2, 3]) {
      expect(await next()).toContain("IDAT");
      await new Promise((resolve) => setTimeout(resolve)); // were it to work ahead, it would do so now
      expect(seen).toEqual({ asked: band, closed: false });
    }
    expect(await next()).toContain("IEND");
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect({ ...seen, disposed }).toEqual({ asked: 3, closed: true, disposed: 1 });
  });

  it("each band so that all rows so far can be decoded", async () => {
    const whole = inflateSync(Buffer.concat(idats(await bytesOf(encodePng(image)))));
    let received: Uint8Array = new Uint8Array();
    const rows = [];
    for await (const bytes of counted().stream) {
      received = Buffer.concat([received, bytes]);
      const inflated = inflateSync(Buffer.concat(idats(received)), { finishFlush: constants.Z_SYNC_FLUSH });
      expect(inflated.equals(whole.subarray(0, inflated.length))).toBe(true);
      rows.push(inflated.length / (1 + stride));
    }
    expect(rows).toEqual([0, 0, 0, 10, 20, 30, 30]);
  });

  it("the same bytes each time, and the same pixels however the rows are cut", async () => {
    expect(await bytesOf(encodePng(image))).toEqual(await bytesOf(encodePng(image)));
    for (const rows of [1, 7, 29, 30]) {
      const bands = [data.subarray(0, rows * stride), data.subarray(rows * stride)].filter((band) => band.length > 0);
      const png = await bytesOf(encodePng({ width, height, bands }));
      expect(decode(png, { checkCrc: true }).data).toEqual(data);
    }
  });

  it("a large picture in parts of a few rows", async () => {
    const types = chunksOf(await bytesOf(encodePng(pictures.flat(512, 512)))).map(({ type }) => type);
    expect(types).toEqual(["IHDR", ...Array(25).fill("IDAT"), "IEND"]); // 21 rows of 1536 bytes fit into 32 KiB
  });

  it("no further, when cancelled: the source is let go and zlib freed", async () => {
    const { seen, stream } = counted();
    const reader = stream.getReader();
    for (let i = 0; i < 4; i++) await reader.read();
    await reader.cancel();
    expect({ ...seen, disposed }).toEqual({ asked: 1, closed: true, disposed: 1 });
  });

  it("nothing, when cancelled before it was read", async () => {
    const { seen, stream } = counted();
    await stream.cancel();
    expect({ ...seen, disposed }).toEqual({ asked: 0, closed: false, disposed: 0 });
  });

  it("without keeping the event loop from its other work", async () => {
    const height = 10_000;
    let [rows, stop] = [0, false];
    const bands = (function* () {
      for (; rows < height; rows++) yield new Uint8Array(3);
    })();
    setTimeout(() => stop = true);
    for await (const _ of encodePng({ width: 1, height, bands })) if (stop) break;
    expect(rows).toBeLessThan(height);
  });

  it("an error instead of IEND where the bands do not make up the picture, and frees zlib", async () => {
    const rows = (count: number) => new Uint8Array(count * stride);
    const bad: [Uint8Array[], string, number][] = [
      [[rows(10), rows(11).subarray(1)], "Band 1 holds 659 bytes; expected whole rows of 60 bytes", 1],
      [[rows(10), rows(0), rows(20)], "Band 1 holds 0 bytes; expected whole rows of 60 bytes", 1],
      [[rows(10), rows(21)], "Band 1 ends at row 31; expected no more than the picture's 30 rows", 1],
      [[rows(30), rows(1)], "Band 1 ends at row 31; expected no more than the picture's 30 rows", 1],
      [[rows(10), rows(19)], "Bands ended after 29 rows; expected the picture's 30 rows", 2],
      [[], "Bands ended after 0 rows; expected the picture's 30 rows", 0],
    ];
    for (const [bands, message, idats] of bad) {
      const { types, error } = await failure(bands);
      expect(error).toEqual(new RangeError(message));
      expect(types.slice(2)).toEqual(Array(idats).fill("IDAT"));
    }
    expect(disposed).toBe(bad.length);
  });

  it("the source's own error", async () => {
    const lost = new Error("Device was lost");
    const { types, error } = await failure((function* () {
      yield data.subarray(0, stride);
      throw lost;
    })());
    expect(error).toBe(lost);
    expect(types.at(-1)).toBe("IDAT");
    expect(disposed).toBe(1);
  });
});

describe("encodePng refuses at once", () => {
  it("sizes that PNG cannot hold", () => {
    const flat = { width: 1, height: 1, bands: [] };
    for (const bad of [0, -1, 1.5, NaN, 2 ** 31]) {
      expect(() => encodePng({ ...flat, width: bad })).toThrow(`PNG width is ${bad}; expected a whole number from 1`);
      expect(() => encodePng({ ...flat, height: bad })).toThrow(`PNG height is ${bad}; expected a whole number from 1`);
    }
  });

  it("bytes that do not fit the size", () => {
    expect(() => encodePng({ width: 2, height: 2, data: new Uint8Array(16) })).toThrow("Pixels hold 16 bytes");
  });

  it("levels that zlib does not have", () => {
    for (const level of [-1, 10, 1.5, NaN]) {
      expect(() => encodePng(image, {}, { level })).toThrow(`PNG level is ${level}`);
    }
  });

  it("text that cannot be written", () => {
    expect(() => encodePng(image, { "": "x" })).toThrow('PNG keyword is ""');
  });
});

const idats = (png: Uint8Array) => chunksOf(png).filter(({ type }) => type === "IDAT").map(({ data }) => data);
