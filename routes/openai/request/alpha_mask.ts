import { encodePng } from "../../../pipeline/images/png/png_encode.ts";
import { readPicture } from "../../../pipeline/request/pictures.ts";
import { InvalidRequestError } from "../../../pipeline/request/request_error.ts";

/**
 * A mask whose transparent parts are to be made anew, as one whose white parts are: a PNG, 255 - alpha in each channel.
 *
 * @param mask a picture's bytes or base64
 * @throws {InvalidRequestError} if it cannot be read, or is transparent nowhere
 */
export async function alphaMask(mask: string | Uint8Array): Promise<Uint8Array> {
  const { width, height, data } = await readPicture("mask", mask);
  const white = Uint8Array.from({ length: 3 * width * height }, (_, i) => 255 - data[4 * Math.floor(i / 3) + 3]!);
  if (!white.some((value) => value >= 128)) {
    const message = "mask is transparent nowhere; what is to be made anew must be, with an alpha of 0";
    throw new InvalidRequestError([{ param: "mask", code: "invalid_value", message }]);
  }
  return await new Response(encodePng({ width, height, data: white }, {}, { level: 1 })).bytes();
}
