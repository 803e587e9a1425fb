/** What is read of a picture's EXIF. */
export interface Exif {
  /** 1 to 8, as the first row and column lie (EXIF 2.32, tag 0x0112); 1 where it is not told. */
  readonly orientation: number;
  /** Text of UserComment (tag 0x9286) where there is one. */
  readonly userComment?: string;
}

/** Bytes of one value by TIFF's type numbers 1 to 13. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const ORIENTATION = 0x0112;
const EXIF_IFD = 0x8769;
const USER_COMMENT = 0x9286;

/**
 * Reads orientation and comment from EXIF. What is broken counts as not there: a picture is not refused for it.
 *
 * @param tiff bytes from TIFF's byte order mark on (`II` or `MM`)
 */
export function readExif(tiff: Uint8Array): Exif {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  try {
    const little = view.getUint16(0) === 0x4949;
    if ((!little && view.getUint16(0) !== 0x4d4d) || view.getUint16(2, little) !== 42) return { orientation: 1 };
    const first = readDirectory(view, view.getUint32(4, little), little);
    const orientation = first.get(ORIENTATION)?.short ?? 1;
    const userComment = commentOf(view, first.get(EXIF_IFD)?.long, little);
    return {
      orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
      ...(userComment !== undefined && { userComment }),
    };
  } catch (error) {
    if (error instanceof RangeError) return { orientation: 1 }; // an offset outside the bytes
    throw error;
  }
}

interface Entry {
  /** The value where it is a SHORT. */
  readonly short: number;
  /** The value where it is a LONG. */
  readonly long: number;
  /** Its bytes where they fit into the file. */
  readonly bytes: Uint8Array;
}

/** The entries of one directory by tag (TIFF 6.0, section 2). */
function readDirectory(view: DataView, at: number, little: boolean): ReadonlyMap<number, Entry> {
  const entries = new Map<number, Entry>();
  const count = view.getUint16(at, little);
  for (let i = 0; i < count; i++) {
    const entry = at + 2 + 12 * i;
    const length = view.getUint32(entry + 4, little) * (TYPE_BYTES[view.getUint16(entry + 2, little)] ?? 0);
    const start = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
    entries.set(view.getUint16(entry, little), {
      short: view.getUint16(entry + 8, little),
      long: view.getUint32(entry + 8, little),
      bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength).subarray(start, start + length),
    });
  }
  return entries;
}

function commentOf(view: DataView, at: number | undefined, little: boolean): string | undefined {
  if (at === undefined) return undefined;
  const comment = readDirectory(view, at, little).get(USER_COMMENT)?.bytes;
  if (!comment || comment.length < 8) return undefined;
  const encoding = String.fromCharCode(...comment.subarray(0, 8));
  const text = comment.subarray(8);
  if (encoding !== "UNICODE\0") return new TextDecoder().decode(text).replace(/\0+$/, "");
  return new TextDecoder(isLittle(text) ? "utf-16le" : "utf-16be").decode(text);
}

/** EXIF does not tell the order: piexif writes big-endian, others that of the file. Zeros tell it in nearly every text. */
function isLittle(text: Uint8Array): boolean {
  let [even, odd] = [0, 0];
  for (let i = 0; i < text.length; i++) if (text[i] === 0) i % 2 === 0 ? even++ : odd++;
  return odd > even;
}
