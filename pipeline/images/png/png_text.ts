import { chunk } from "./png_chunk.ts";

const KEYWORD = /^(?=.{1,79}$)[\x21-\x7e\xa1-\xff]+( [\x21-\x7e\xa1-\xff]+)*$/;

/**
 * Makes the text chunk of one keyword: `tEXt` where the text is Latin-1, else `iTXt` in UTF-8, uncompressed, as Pillow's
 * `PngInfo.add_text` chooses (PNG specification, section 11.3.3).
 *
 * @throws RangeError where the keyword is not 1 to 79 printable Latin-1 characters with single spaces inside, or the text
 * holds what a reader could not give back: a NUL or a lone surrogate
 */
export function textChunk(keyword: string, text: string): Uint8Array<ArrayBuffer> {
  if (!KEYWORD.test(keyword)) {
    throw new RangeError(
      `PNG keyword is ${
        JSON.stringify(keyword)
      }; expected 1 to 79 printable Latin-1 characters, single spaces inside only`,
    );
  }
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    throw new RangeError(`PNG text ${JSON.stringify(keyword)} has a NUL at position ${nul}; expected text without NUL`);
  }
  if (!text.isWellFormed()) {
    throw new RangeError(`PNG text ${JSON.stringify(keyword)} has a lone surrogate; expected well-formed Unicode`);
  }
  const key = latin1(keyword);
  // Between keyword and UTF-8 text: end of keyword, not compressed, method 0, no language, no translated keyword.
  if (/[\u0100-\uffff]/.test(text)) return chunk("iTXt", key, new Uint8Array(5), new TextEncoder().encode(text));
  return chunk("tEXt", key, new Uint8Array(1), latin1(text));
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
