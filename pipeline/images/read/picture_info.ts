import { inflateSync } from "node:zlib";
import { readJpegHeader } from "../jpeg/jpeg_header.ts";
import { readChunks } from "../png/png_read_chunks.ts";
import { readWebpHeader } from "../webp/webp_header.ts";
import { readExif } from "./exif.ts";
import { checkBytes, type ImageLimits } from "./image_limits.ts";
import { pictureKind } from "./picture_kind.ts";

export { type Parameters, parseParameters } from "./parse_parameters.ts";

/** Most bytes that all compressed texts of a picture may inflate to. */
const INFLATED_BYTES = 2 ** 20;

/**
 * Reads the texts in a picture without decoding it: every `tEXt`, `zTXt` and `iTXt` of a PNG by its keyword; of JPEG and
 * WebP EXIF's UserComment as `parameters`, which is what AUTOMATIC1111 writes there. Where a keyword comes twice the first
 * counts. Texts that are broken, or compressed ones past 1 MiB in all, are left out.
 *
 * @throws ImageError as `readImage`, for what can be told without decoding; a picture's size does not matter
 */
export function readPictureInfo(
  bytes: Uint8Array,
  limits: Pick<ImageLimits, "bytes"> = {},
): ReadonlyMap<string, string> {
  checkBytes(bytes.length, limits);
  const kind = pictureKind(bytes);
  if (kind === "png") return pngTexts(bytes);
  const exif = (kind === "jpeg" ? readJpegHeader : readWebpHeader)(bytes, () => {});
  const comment = exif && readExif(exif).userComment;
  return new Map(comment ? [["parameters", comment]] : []);
}

function pngTexts(bytes: Uint8Array): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  let left = INFLATED_BYTES;
  const inflate = (data: Uint8Array) => {
    try {
      const inflated = inflateSync(data, { maxOutputLength: left });
      left -= inflated.length;
      return inflated;
    } catch {
      left = Math.max(1, left - data.length); // else many broken ones would cost much
      return undefined;
    }
  };
  for (const { type, data } of readChunks(bytes)) {
    const text = TEXTS[type]?.(data, inflate);
    if (text && !texts.has(text[0])) texts.set(...text);
  }
  return texts;
}

type Inflate = (data: Uint8Array) => Uint8Array | undefined;
type Text = readonly [keyword: string, text: string];

/** How each text chunk is read (PNG specification, section 11.3.3). */
const TEXTS: Readonly<Record<string, (data: Uint8Array, inflate: Inflate) => Text | undefined>> = {
  tEXt(data) {
    const [keyword, rest] = untilNul(data) ?? [];
    return keyword && rest && [latin1(keyword), latin1(rest)];
  },
  zTXt(data, inflate) {
    const [keyword, rest] = untilNul(data) ?? [];
    const text = rest && inflate(rest.subarray(1)); // behind the method, which is always 0
    return keyword && text && [latin1(keyword), latin1(text)];
  },
  iTXt(data, inflate) {
    const [keyword, rest] = untilNul(data) ?? [];
    const [, translated] = rest ? untilNul(rest.subarray(2)) ?? [] : []; // behind flag and method comes the language
    const [, last] = translated ? untilNul(translated) ?? [] : [];
    const text = last && rest?.[0] === 1 ? inflate(last) : last;
    return keyword && text && [latin1(keyword), new TextDecoder().decode(text)];
  },
};

/** What comes before the first NUL and after it. */
function untilNul(data: Uint8Array): [Uint8Array, Uint8Array] | undefined {
  const at = data.indexOf(0);
  return at < 0 ? undefined : [data.subarray(0, at), data.subarray(at + 1)];
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
