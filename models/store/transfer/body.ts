/**
 * The pieces of an answer as they come.
 *
 * @param stall milliseconds of silence after which it is given up
 */
export async function* pieces(
  body: ReadableStream<Uint8Array>,
  stall: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {}); // nobody may be waiting when it comes
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    while (true) {
      signal.throwIfAborted();
      const timer = setTimeout(() => stopped.reject(new Error(`Nothing came for ${stall / 1000} s`)), stall);
      try {
        const { done, value } = await Promise.race([reader.read(), stopped.promise]);
        if (done) return;
        yield value;
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await reader.cancel().catch(() => {}); // it failed already
  }
}

/** Longest text that is taken from a server, in bytes. */
const LONGEST_TEXT = 64 << 20;

/** The whole of an answer as text. */
export async function textOf(answer: Response, stall: number, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for await (const piece of pieces(answer.body ?? new Blob().stream(), stall, signal)) {
    length += piece.length;
    if (length > LONGEST_TEXT) throw new RangeError(`${answer.url} answers with more than ${LONGEST_TEXT} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
