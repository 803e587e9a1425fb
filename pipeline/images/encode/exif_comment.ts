/** TIFF bytes before the text: header, a directory that leads to the EXIF directory, which leads to the comment. */
const HEAD_BYTES = 8 + 18 + 18;

/**
 * EXIF with one text in UserComment, as AUTOMATIC1111 writes it through piexif: `UNICODE`, a NUL, then UTF-16 in big-endian
 * order (EXIF 2.32, section 4.6.5). Gives the TIFF bytes alone, as WebP wants them; JPEG puts `Exif`, NUL, NUL before.
 */
export function exifComment(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD_BYTES + 8 + 2 * text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x4d4d002a); // MM: big-endian, 42
  view.setUint32(4, 8);
  directory(view, 8, { tag: 0x8769, type: 4, count: 1, value: 26 }); // ExifIFD, LONG
  directory(view, 26, { tag: 0x9286, type: 7, count: bytes.length - HEAD_BYTES, value: HEAD_BYTES }); // UserComment
  bytes.set(new TextEncoder().encode("UNICODE\0"), HEAD_BYTES);
  for (let i = 0; i < text.length; i++) view.setUint16(HEAD_BYTES + 8 + 2 * i, text.charCodeAt(i));
  return bytes;
}

/** Writes a directory of one entry, 18 bytes (TIFF 6.0, section 2); no other directory follows. */
function directory(
  view: DataView,
  at: number,
  { tag, type, count, value }: Readonly<Record<"tag" | "type" | "count" | "value", number>>,
): void {
  view.setUint16(at, 1);
  view.setUint16(at + 2, tag);
  view.setUint16(at + 4, type);
  view.setUint32(at + 6, count);
  view.setUint32(at + 10, value);
}
