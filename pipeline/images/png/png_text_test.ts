import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { textChunk } from "./png_text.ts";

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(4, -4));

describe("textChunk", () => {
  it("is tEXt where the text is Latin-1", () => {
    expect(latin1(textChunk("Title", "caf\xe9 \xff"))).toBe("tEXtTitle\0caf\xe9 \xff");
    expect(latin1(textChunk("Title", ""))).toBe("tEXtTitle\0");
  });

  it("is uncompressed iTXt in UTF-8 where it is not", () => {
    expect(latin1(textChunk("Title", "\u0100é"))).toBe("iTXtTitle\0\0\0\0\0\xc4\x80\xc3\xa9");
    expect(latin1(textChunk("Title", "🦊"))).toBe("iTXtTitle\0\0\0\0\0\xf0\x9f\xa6\x8a");
  });

  it("takes keywords of 1 to 79 printable Latin-1 characters with single spaces inside", () => {
    for (const keyword of ["a", "Model hash", "Größe", "~!\xa1\xff", "k".repeat(79)]) {
      expect(latin1(textChunk(keyword, ""))).toBe(`tEXt${keyword}\0`);
    }
    for (const keyword of ["", " a", "a ", "a  b", "a\nb", "a\0b", "a\xa0b", "\x7f", "狐", "k".repeat(80)]) {
      expect(() => textChunk(keyword, "")).toThrow(`PNG keyword is ${JSON.stringify(keyword)}`);
    }
  });

  it("refuses text that no reader could give back", () => {
    expect(() => textChunk("Title", "ab\0")).toThrow('PNG text "Title" has a NUL at position 2');
    expect(() => textChunk("Title", "狐\0")).toThrow('PNG text "Title" has a NUL at position 1');
    expect(() => textChunk("Title", "\ud83e")).toThrow('PNG text "Title" has a lone surrogate');
  });
});
