import { A1111Error } from "../answers/a1111_error.ts";

/** The file in a field: base64, as a data: URL or bare. @throws {A1111Error} if it is something else */
export function pictureBytes(name: string, value: string): Uint8Array<ArrayBuffer> {
  const [, data = value] = /^data:[^,]*;base64,(.*)$/is.exec(value.trim()) ?? [];
  if (data !== "") {
    try {
      return Uint8Array.fromBase64(data);
    } catch {
      // told below
    }
  }
  throw new A1111Error(422, `Invalid encoded image; ${name} must be a picture in base64 or a data: URL`);
}
