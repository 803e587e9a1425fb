import { type HttpHandler, type HttpServer, type HttpServerOptions, listen } from "../../../cli/http/http_server.ts";
import { type RawAnswer, speak } from "./raw_socket.ts";

/** Speaks byte by byte to a server of its own, whose handler a test changes as it goes along. */
export class RawClient implements AsyncDisposable {
  handler: HttpHandler = () => new Response("good");
  /** Of the last request. */
  signal = new AbortController().signal;
  #server: HttpServer | undefined;

  /** Opens a server on a free port. */
  static async open(times: Omit<HttpServerOptions, "host" | "port">): Promise<RawClient> {
    const client = new RawClient();
    client.#server = await listen({ host: "127.0.0.1", port: 0, ...times }, (request) => {
      client.signal = request.signal;
      return client.handler(request);
    });
    return client;
  }

  get server(): HttpServer {
    return this.#server!;
  }

  get port(): number {
    return this.server.addr.port;
  }

  /** Where other clients find the server, without a slash. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sends `text` as it is. @param patience milliseconds to wait for the server to close the connection */
  say(text: string, patience?: number): Promise<RawAnswer> {
    return speak(this.port, [text], patience);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.shutdown();
  }
}
