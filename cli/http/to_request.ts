import type { IncomingMessage, ServerResponse } from "node:http";

/** A request of `node:http` as Fetch has it; undefined if it can be none, as HTTP/0.9 or two hosts. */
export function toRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Request | undefined {
  const { method = "GET", url = "/", rawHeaders, httpVersionMajor } = incoming;
  if (httpVersionMajor < 1) return undefined;
  try {
    const headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
    const host = headers.get("host");
    if (host?.includes(",")) return undefined;
    // The request line may hold a whole address or begin with two slashes; its host is never taken for Host.
    const path = url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*/i, "").replace(/^(?!\/)/, "/");
    const address = `http://${host ?? "localhost"}${path}`;
    if (method === "TRACE") {
      // Fetch has none, but the routes can say what there is instead.
      return Object.defineProperty(new Request(address, { headers, signal }), "method", { value: method });
    }
    const body = method === "GET" || method === "HEAD" ? null : toBody(incoming, outgoing);
    return new Request(address, { method, headers, body, signal });
  } catch {
    return undefined;
  }
}

/** A request's body, touched only when it is read: what nobody reads, Node discards after the answer. */
function toBody(incoming: IncomingMessage, outgoing: ServerResponse): ReadableStream<Uint8Array<ArrayBuffer>> {
  let chunks: AsyncIterator<Uint8Array<ArrayBuffer>> | undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (chunks === undefined && incoming.headers.expect !== undefined) outgoing.writeContinue();
      chunks ??= incoming.iterator({ destroyOnReturn: false });
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    cancel: () => void incoming.resume(),
  }, { highWaterMark: 0 });
}
