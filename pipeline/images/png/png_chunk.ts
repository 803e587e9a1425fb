import { crc32 } from "node:zlib";

/** The eight bytes every PNG begins with (PNG specification, section 5.2). */
export const SIGNATURE: Uint8Array<ArrayBuffer> = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

/**
 * Frames data as one PNG chunk: length, type, data, CRC-32 of type and data (PNG specification, section 5.3).
 *
 * @param type four ASCII letters, such as `IDAT`
 * @param parts the chunk's data, joined
 */
export function chunk(type: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(12 + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  let at = 8;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint32(at, crc32(bytes.subarray(4, at)));
  return bytes;
}
