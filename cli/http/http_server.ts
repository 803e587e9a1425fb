import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sendResponse } from "./send_response.ts";
import { toRequest } from "./to_request.ts";

/** Where a server listens, and how long it waits for its clients. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Milliseconds for the headers of a request to arrive. */
  readonly headersTime?: number;
  /** Milliseconds for all of a request to arrive. */
  readonly requestTime?: number;
  /** Milliseconds that a connection may be idle between two requests. */
  readonly idleTime?: number;
}

/** A server that listens. */
export interface HttpServer extends AsyncDisposable {
  readonly addr: { readonly hostname: string; readonly port: number };
  /** Takes no new connections, waits for the answers under way, and closes every connection. */
  shutdown(): Promise<void>;
}

/** What answers requests; its signal tells that the client left before it had all of the answer. */
export type HttpHandler = (request: Request) => Response | Promise<Response>;

/** Most bytes of a request's line and headers; a prompt of 4,000 letters in a query may take 48,000. */
const MAX_HEADERS = 65_000;
/** Milliseconds between two looks at the clock. */
const LOOK = 1000;

/**
 * Listens for HTTP/1.1 by Deno's `node:http`. `Deno.serve` 2.9.6 never tells of a client that left if its body had come
 * in another packet than its headers, and has no time limits for headers, bodies and idle connections
 * (https://github.com/denoland/deno/issues/3515). This may go when `Deno.serve` does both.
 *
 * @throws {Error} with the codes of Node, such as `EADDRINUSE`, or `Deno.errors.NotCapable`
 */
export async function listen(
  { host, port, headersTime = 10_000, requestTime = 60_000, idleTime = 65_000 }: HttpServerOptions,
  handler: HttpHandler,
): Promise<HttpServer> {
  await checkPermission(host, port);
  const answers = new Set<Promise<void>>();
  const server = createServer({
    headersTimeout: headersTime,
    requestTimeout: Math.max(headersTime, requestTime),
    keepAliveTimeout: idleTime,
    connectionsCheckingInterval: Math.min(LOOK, headersTime),
    maxHeaderSize: MAX_HEADERS,
  });
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!server.listening) outgoing.setHeader("connection", "close");
    const answered = exchange(incoming, outgoing, handler);
    answers.add(answered);
    answered.then(() => answers.delete(answered));
  };
  server.on("request", answer);
  // Not `100 Continue` for a body that the handler will refuse unread.
  server.on("checkContinue", answer);
  server.listen(port, host);
  await once(server, "listening");
  const { address, port: bound } = server.address() as AddressInfo;
  const end = async () => {
    const closed = once(server, "close");
    server.close();
    while (answers.size > 0) await Promise.all(answers);
    server.closeAllConnections();
    await closed;
  };
  let ended: Promise<void> | undefined;
  const shutdown = () => ended ??= end();
  return { addr: { hostname: address, port: bound }, shutdown, [Symbol.asyncDispose]: shutdown };
}

/** Without a permission Deno's `node:http` fails where nobody can catch it. */
async function checkPermission(host: string, port: number): Promise<void> {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { state } = await Deno.permissions.query({ name: "net", host: address });
  if (state !== "granted") throw new Deno.errors.NotCapable(`Requires net access to ${address}`);
}

/** Ends when the answer was handed to the system or its reader left. */
async function exchange(incoming: IncomingMessage, outgoing: ServerResponse, handler: HttpHandler): Promise<void> {
  const gone = new AbortController();
  const closed = new Promise<void>((resolve) =>
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) gone.abort(new DOMException("The client left", "AbortError"));
      resolve();
    })
  );
  try {
    const request = toRequest(incoming, outgoing, gone.signal);
    const response = request ? await handler(request) : new Response(null, { status: 400 });
    // The next request could only come after a body that nobody waits for.
    if (request === undefined || !incoming.complete) outgoing.setHeader("connection", "close");
    await sendResponse(response, incoming, outgoing, gone.signal);
  } catch {
    // The reader left, or the body failed half way and was logged where that happened: it may not look finished.
    outgoing.destroy();
  }
  await closed;
}
