import { InvalidRequestError, type IssueCode, shown } from "../../../pipeline/request/request_error.ts";

/** A picture as JSON bodies name it. */
interface PictureRef {
  readonly image_url?: string | undefined;
  readonly file_id?: string | undefined;
}

/**
 * The value of a field that has two names, and the name it came by; the first name if it did not come.
 *
 * @throws {InvalidRequestError} if it came by both
 */
export function oneName<Name extends string>(
  fields: Readonly<Partial<Record<Name, number | null | undefined>>>,
  name: Name,
  other: Name,
): readonly [value: number | undefined, name: Name] {
  if (fields[other] == null) return [fields[name] ?? undefined, name];
  if (fields[name] == null) return [fields[other], other];
  throw refusal(other, "invalid_value", `${other} is ${fields[other]}, but ${name} is given, too; leave one out`);
}

/** The only picture of a list. @throws {InvalidRequestError} if there is not exactly one that can be taken */
export function onePicture(images: readonly PictureRef[]): string {
  if (images.length === 1) return urlOf("images.0", images[0]!) as string;
  throw refusal("images", "invalid_value", severalPictures("images", images.length));
}

/** A sentence about pictures that are not one. */
export function severalPictures(param: string, count: number): string {
  return `${param} has ${count} pictures; it must be one, for pictures are not combined here`;
}

/** A picture's bytes or base64, whichever way it came. @throws {InvalidRequestError} if it is not in the request */
export function urlOf(param: string, picture: string | Uint8Array | PictureRef): string | Uint8Array {
  if (typeof picture === "string" || picture instanceof Uint8Array) return picture;
  const { image_url, file_id } = picture;
  if (file_id !== undefined) {
    const message = `${param}.file_id is ${
      shown(file_id)
    }; there are no stored files here, send image_url as a data: URL`;
    throw refusal(`${param}.file_id`, "invalid_value", message);
  }
  if (image_url !== undefined) return image_url;
  throw refusal(`${param}.image_url`, "missing_parameter", `${param}.image_url is missing; it must be a data: URL`);
}

function refusal(param: string, code: IssueCode, message: string): InvalidRequestError {
  return new InvalidRequestError([{ param, code, message }]);
}
