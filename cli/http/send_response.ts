import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Sends an answer as it comes, no faster than it is read.
 *
 * @param gone that the client left; the answer's body is canceled with its reason
 * @throws what the body threw, after which the answer must not look finished
 */
export async function sendResponse(
  { status, headers, body }: Response,
  { method }: IncomingMessage,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  outgoing.statusCode = status;
  for (const [name, value] of headers) outgoing.appendHeader(name, value);
  if (body === null) return void outgoing.end();
  if (method === "HEAD") {
    outgoing.end();
    return await body.cancel();
  }
  const reader = body.getReader();
  const leave = () => reader.cancel(gone.reason).catch(() => {});
  gone.addEventListener("abort", leave);
  if (gone.aborted) leave();
  let next = reader.read();
  // What is whole at once needs no chunks; what is not begins without waiting for its first piece.
  const soon = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 0));
  const first = await Promise.race([next, soon]);
  if (first?.value) {
    next = reader.read();
    if ((await Promise.race([next, soon]))?.done) {
      outgoing.setHeader("content-length", first.value.length);
      return void outgoing.end(first.value);
    }
    outgoing.write(first.value);
  }
  outgoing.flushHeaders();
  for (let piece = await next; !piece.done; piece = await reader.read()) {
    if (!outgoing.write(piece.value)) await once(outgoing, "drain", { signal: gone });
  }
  outgoing.end();
}
