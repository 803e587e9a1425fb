import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { deflateSync } from "node:zlib";
import { reference } from "../../../tests/images/references.ts";
import { chunk, SIGNATURE } from "../png/png_chunk.ts";
import { parseParameters, readPictureInfo } from "./picture_info.ts";

const { files, texts } = await reference<{
  files: { name: string; file: string; items: Record<string, string> }[];
  texts: { text: string; prompt: string; negative: string; fields: [string, string][] }[];
}>("info_reference.json");

describe("readPictureInfo gives the texts that Pillow and piexif wrote", () => {
  for (const { name, file, items } of files) {
    it(name, () => expect(readPictureInfo(Uint8Array.fromBase64(file))).toEqual(new Map(Object.entries(items))));
  }
});

describe("readPictureInfo", () => {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const pngOf = (...chunks: Uint8Array[]) =>
    Uint8Array.from([SIGNATURE, ...chunks, chunk("IEND")].flatMap((part) => [...part]));
  const zipped = (keyword: string, data: Uint8Array) => chunk("zTXt", bytes(`${keyword}\0\0`), data);
  const mebibyte = (count: number) => deflateSync(new Uint8Array(count * 2 ** 20).fill(65));

  it("inflates 1 MiB in all and leaves out the rest", () => {
    const png = pngOf(
      zipped("much", mebibyte(64)),
      zipped("most", mebibyte(1).with(-1, 0)), // its checksum is wrong
      zipped("half", mebibyte(0.5)),
      zipped("more", mebibyte(0.6)),
      chunk("tEXt", bytes("plain\0text")),
    );
    expect([...readPictureInfo(png).keys()]).toEqual(["half", "plain"]);
  });

  it("leaves out what is broken and takes the first of two", () => {
    const png = pngOf(
      chunk("tEXt", bytes("no end")),
      chunk("iTXt", bytes("short\0\0\0en")),
      zipped("nonsense", bytes("nonsense")),
      chunk("tEXt", bytes("Title\0first")),
      chunk("tEXt", bytes("Title\0second")),
      chunk("tEXt", bytes("__proto__\0harmless")),
    );
    expect([...readPictureInfo(png)]).toEqual([["Title", "first"], ["__proto__", "harmless"]]);
  });

  it("refuses what is no picture, is cut off or has too many bytes", () => {
    const jpeg = Uint8Array.fromBase64(files.find(({ name }) => name === "JPEG unicode")!.file);
    expect(() => readPictureInfo(bytes("GIF89a"))).toThrow("is a GIF; it must be a PNG, JPEG or WebP picture");
    expect(() => readPictureInfo(jpeg.subarray(0, -2))).toThrow("is a JPEG cut off");
    expect(() => readPictureInfo(jpeg, { bytes: 100 })).toThrow(`has ${jpeg.length} bytes; it must have at most 100`);
  });
});

describe("parseParameters splits as AUTOMATIC1111 does", () => {
  for (const { text, prompt, negative, fields } of texts) {
    it(JSON.stringify(text.slice(0, 40)), () => {
      expect(parseParameters(text)).toEqual({ prompt, negativePrompt: negative, fields: new Map(fields) });
    });
  }

  it("with a quote that is not JSON as it stands, and keys without end", () => {
    expect(parseParameters('Ab: 1, Cd: 2, Ef: "\\x"').fields.get("Ef")).toBe('"\\x"');
    expect(parseParameters("a ".repeat(200_000)).fields.size).toBe(0);
  });
});
