import { ProblemError } from "../answers/problem.ts";

/** What a body may cost the server before anything is known about it. */
export interface BodyLimits {
  /** Most bytes. */
  readonly bytes: number;
  /** Milliseconds until the last byte must have come. */
  readonly deadline: number;
}

/** The rest of the body is not read, so nothing that comes after it could be, either. */
const GIVEN_UP = { connection: "close" };

/**
 * A request's body piece by piece, within its limits; what is not taken of it is not waited for.
 *
 * @throws {ProblemError} if it is too large or too slow
 */
export async function* bodyChunks(
  { body, headers }: Request,
  { bytes, deadline }: BodyLimits,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new ProblemError("payload_too_large", `The body must have at most ${bytes} bytes`, GIVEN_UP);
  if (Number(headers.get("content-length") ?? 0) > bytes) throw tooLarge();
  if (body === null) return;
  const reader = body.getReader();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new ProblemError("request_timeout", `The body must arrive within ${deadline / 1000} s`, GIVEN_UP));
  }, deadline);
  let length = 0;
  try {
    while (true) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return;
      length += value.length;
      if (length > bytes) throw tooLarge();
      yield value;
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}
