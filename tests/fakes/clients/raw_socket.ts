/** What came back on a connection. */
export interface RawAnswer {
  /** 0 if nothing came. */
  readonly status: number;
  readonly text: string;
  /** Whether the server closed the connection, orderly or not. */
  readonly isClosed: boolean;
}

/**
 * Speaks to a server byte by byte.
 *
 * @param parts what is sent, as it is
 * @param patience milliseconds to wait for the server to close the connection
 */
export async function speak(
  port: number,
  parts: Iterable<string> | AsyncIterable<string>,
  patience = 300,
): Promise<RawAnswer> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  // The server may answer and close before it has taken everything.
  const sent = send(socket, parts).catch(() => {});
  let text = "";
  let isClosed = false;
  const timer = setTimeout(() => socket.close(), patience);
  try {
    const buffer = new Uint8Array(65_536);
    for (let length = await socket.read(buffer); length !== null; length = await socket.read(buffer)) {
      text += new TextDecoder("latin1").decode(buffer.subarray(0, length));
    }
    isClosed = true;
  } catch (error) {
    isClosed = error instanceof Deno.errors.ConnectionReset;
  }
  clearTimeout(timer);
  await sent;
  return { status: Number(/^HTTP\/1\.[01] (\d+)/.exec(text)?.[1] ?? 0), text, isClosed };
}

async function send(socket: Deno.Conn, parts: Iterable<string> | AsyncIterable<string>): Promise<void> {
  for await (const part of parts) {
    let rest: Uint8Array = Uint8Array.from(part, (letter) => letter.charCodeAt(0));
    while (rest.length > 0) rest = rest.subarray(await socket.write(rest));
  }
}
