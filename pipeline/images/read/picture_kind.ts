// deno-lint-ignore-file no-control-regex -- binary files begin with control characters
import { invalid, unsupported } from "./image_error.ts";

/** The formats that are read. */
export type PictureKind = "png" | "jpeg" | "webp";

/** First bytes of each format that is read, as Latin-1; a dot stands for any byte. */
const READ: readonly (readonly [PictureKind, RegExp])[] = [
  ["png", /^\x89PNG\r\n\x1a\n/],
  ["jpeg", /^\xff\xd8\xff/],
  ["webp", /^RIFF.{4}WEBP/s],
];

/** Other files that people send, by name, so that the refusal can say what came. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["a GIF", /^GIF8[79]a/],
  ["a BMP picture", /^BM.{4}\0\0\0\0/s],
  ["a TIFF picture", /^(II\*\0|MM\0\*|II\+\0|MM\0\+)/],
  ["an AVIF picture", /^.{4}ftyp(avif|avis)/s],
  ["a HEIC picture", /^.{4}ftyp(heic|heix|hevc|heim|heis|hevm|mif1|msf1)/s],
  ["an MP4 or QuickTime film", /^.{4}ftyp/s],
  ["a JPEG XL picture", /^(\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n)/],
  ["a JPEG 2000 picture", /^(\0\0\0\x0cjP {2}\r\n\x87\n|\xff\x4f\xff\x51)/],
  ["an icon (ICO)", /^\0\0[\x01\x02]\0.\0/s],
  ["a Photoshop file", /^8BPS/],
  ["a PDF", /^%PDF-/],
  ["a ZIP archive", /^PK(\x03\x04|\x05\x06|\x07\x08)/],
  ["gzip data", /^\x1f\x8b/],
  ["an MNG or JNG picture", /^[\x8a\x8b][MJ]NG\r\n\x1a\n/],
  ["an SVG drawing", /^(\xef\xbb\xbf)?\s*<(svg|[?!][^]*<svg)[\s>]/i],
  ["an HTML page", /^(\xef\xbb\xbf)?\s*<(html|head|body|script|!doctype html|[?!][^]*<html)[\s>]/i],
  ["an XML file", /^(\xef\xbb\xbf)?\s*<\?xml\s/i],
  ["a NumPy array", /^\x93NUMPY/],
];

/** Enough for an XML prologue and a comment before `<svg`. */
const LOOK_AT = 1024;

/**
 * Tells a picture's format by its first bytes; neither a name nor a media type is asked.
 *
 * @throws ImageError that names what came where it is none of the three: `unsupported_image`, or `invalid_image` for no
 * bytes at all
 */
export function pictureKind(bytes: Uint8Array): PictureKind {
  if (bytes.length === 0) throw invalid("is empty; it must be a PNG, JPEG or WebP picture");
  // "latin1" of TextDecoder is windows-1252, which would move bytes 0x80 to 0x9f.
  const head = String.fromCharCode(...bytes.subarray(0, LOOK_AT));
  const kind = READ.find(([, magic]) => magic.test(head))?.[0];
  if (kind) return kind;
  const name = REFUSED.find(([, magic]) => magic.test(head))?.[0] ?? "of an unknown format";
  throw unsupported(`is ${name}; it must be a PNG, JPEG or WebP picture`);
}
