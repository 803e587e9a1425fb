import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { createHash } from "node:crypto";
import { bytesOf } from "../../../tests/images/chunks.ts";
import { askPillow, pillowIsAbsent } from "../../../tests/images/pillow.ts";
import { pictures } from "../../../tests/images/pictures.ts";
import { encodeImage, type ImageFormat } from "./encode_image.ts";
import { flatten } from "../flatten.ts";
import type { Pixels } from "../pixels.ts";
import { readPictureInfo } from "../read/picture_info.ts";
import { readImage } from "../read/read_image.ts";

const parameters = "a fox, Füchse 狐 🦊\nNegative prompt: blurry\nSteps: 20, Seed: 1, Size: 96x65";
const image = smooth(96, 65);
const encode = (format: ImageFormat, text = {}, quality?: number, picture = image) =>
  bytesOf(encodeImage(picture, format, text, quality));

/** A picture without hard edges. */
function smooth(width: number, height: number): Pixels {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    data[i] = 128 + 100 * Math.sin(x / (9 + i % 3)) * Math.cos(y / 11);
  }
  return { width, height, data };
}

/** Peak signal-to-noise ratio in dB. */
function psnr(a: Pixels, b: Pixels): number {
  const mean = a.data.reduce((sum, byte, i) => sum + (byte - b.data[i]!) ** 2, 0) / a.data.length;
  return 10 * Math.log10(255 ** 2 / mean);
}

describe("encodeImage", () => {
  for (const format of ["png", "jpeg", "webp"] as const) {
    it(`as ${format} gives back the picture and its parameters`, async () => {
      const bytes = await encode(format, { parameters, seed: "1" });
      const { width, height } = image;
      const read = await readImage(bytes);
      expect({ width: read.width, height: read.height }).toEqual({ width, height });
      expect(psnr(flatten(read), image)).toBeGreaterThanOrEqual(format === "png" ? Infinity : 35);
      const png = { parameters, seed: "1" };
      expect(Object.fromEntries(readPictureInfo(bytes))).toEqual(format === "png" ? png : { parameters });
    });
  }

  for (const format of ["jpeg", "webp"] as const) {
    it(`as ${format} is the larger and the nearer, the higher the quality`, async () => {
      const files = [];
      for (const quality of [0, 50, 90, 100]) files.push(await encode(format, {}, quality));
      const sizes = files.map(({ length }) => length);
      expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
      const ratios = [];
      for (const file of files) ratios.push(psnr(flatten(await readImage(file)), image));
      expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
    });

    it(`as ${format} without parameters has no EXIF, and takes one pixel`, async () => {
      expect(readPictureInfo(await encode(format)).size).toBe(0);
      expect(await readImage(await encode(format, {}, 80, smooth(1, 1)))).toMatchObject({ width: 1, height: 1 });
    });
  }

  it("leaves out of a JPEG what its segment cannot hold, and keeps it in a WebP", async () => {
    const most = "x".repeat((0xffff - 2 - 6 - 44 - 8 - 1) / 2); // length, Exif, directories, UNICODE
    expect(readPictureInfo(await encode("jpeg", { parameters: most })).get("parameters")).toBe(most);
    expect(readPictureInfo(await encode("jpeg", { parameters: most + "x" })).size).toBe(0);
    expect(readPictureInfo(await encode("webp", { parameters: most + "x" })).get("parameters")).toBe(most + "x");
  });

  it("refuses a quality that is none, and bytes that do not fit", () => {
    for (const bad of [-1, 101, NaN]) {
      expect(() => encodeImage(image, "jpeg", {}, bad)).toThrow(`Quality is ${bad}; expected a number from 0 to 100`);
    }
    expect(() => encodeImage({ ...image, width: 95 }, "webp")).toThrow("95x65 RGB needs 18525");
  });

  it("fails the stream where WebP cannot hold the size", async () => {
    await expect(encode("webp", {}, 80, pictures.flat(16384, 1))).rejects.toThrow("WebP of 16384x1 cannot be made");
  });
});

describe("pictures of every format", () => {
  it("are written and read with the permission to read files, and no other", async () => {
    const script = new URL("../../../tests/images/round_trip.ts", import.meta.url).pathname;
    const args = ["run", "--no-prompt", "--cached-only", "--allow-read", script];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    expect(said.trim().split("\n")).toEqual(["png 20x10", "jpeg 20x10", "webp 20x10"]);
  });
});

const program = `
import hashlib, json, sys
from PIL import Image
for path in sys.argv[1:]:
    with Image.open(path) as image:
        comment = image.getexif().get_ifd(0x8769)[0x9286]
        assert comment[:8] == b"UNICODE\\0", comment[:8]
        print(json.dumps({
            "format": image.format, "size": image.size, "progressive": bool(image.info.get("progressive")),
            "text": comment[8:].decode("utf-16-be"), "sha256": hashlib.sha256(image.convert("RGBA").tobytes()).hexdigest(),
        }))
`;

describe("a picture of encodeImage, read by Pillow", () => {
  it("gives the same pixels and parameters as ours", { skip: pillowIsAbsent }, async () => {
    const files = [];
    for (const picture of [image, smooth(33, 20), pictures.noise(17, 31)]) {
      for (const format of ["jpeg", "webp"] as const) files.push(await encode(format, { parameters }, 90, picture));
    }
    const ours = [];
    for (const file of files) {
      const { width, height, data } = await readImage(file);
      const sha256 = createHash("sha256").update(data).digest("hex");
      const format = file[0] === 0xff ? "JPEG" : "WEBP";
      ours.push({ format, size: [width, height], progressive: format === "JPEG", text: parameters, sha256 });
    }
    expect(await askPillow(program, files)).toEqual(ours);
  });
});
