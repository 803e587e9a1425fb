/** Why a picture was refused: its bytes are broken, its kind is not read here, or it is larger than allowed. */
export type ImageErrorCode = "invalid_image" | "unsupported_image" | "image_too_large";

/**
 * A picture that cannot be taken. The message is the rest of a sentence that begins with the field's name, such as
 * `is a GIF; it must be a PNG, JPEG or WebP picture`.
 */
export class ImageError extends Error {
  override readonly name = "ImageError";

  constructor(readonly code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The error of bytes that break their own format's rules. */
export function invalid(message: string, options?: ErrorOptions): ImageError {
  return new ImageError("invalid_image", message, options);
}

/** The error of a kind of picture that is not read here. */
export function unsupported(message: string, options?: ErrorOptions): ImageError {
  return new ImageError("unsupported_image", message, options);
}
