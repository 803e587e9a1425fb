/** Milliseconds of silence after which a comment keeps proxies from giving up. */
export const KEEP_ALIVE = 15_000;

/** The headers of server-sent events. */
export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-accel-buffering": "no", // asks nginx to pass events on as they come
};

/** An event as text (HTML, section 9.2): `fields` are its type, number and the like, `data` is sent as JSON. */
export function eventText(fields: Readonly<Record<string, string | number>>, data: unknown): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`).join("");
  return `${lines}data: ${JSON.stringify(data)}\n\n`;
}

/**
 * Server-sent events at the reader's pace, with comments while nothing happens; closes after the last.
 *
 * @param texts events, each as a whole
 * @param keepAlive milliseconds between comments
 * @param onCancel called when the reader leaves
 */
export function eventStream(
  texts: AsyncIterator<string>,
  keepAlive: number = KEEP_ALIVE,
  onCancel: (reason: unknown) => void = () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<string>> | undefined;
  return new ReadableStream({
    async pull(controller) {
      next ??= texts.next();
      const silence = Promise.withResolvers<"silence">();
      const timer = setTimeout(silence.resolve, keepAlive, "silence");
      const found = await Promise.race([next, silence.promise]).finally(() => clearTimeout(timer));
      if (found === "silence") return controller.enqueue(encoder.encode(": still there\n\n"));
      next = undefined;
      if (found.done) return controller.close();
      controller.enqueue(encoder.encode(found.value));
    },
    cancel(reason) {
      onCancel(reason);
      texts.return?.().catch(() => {});
    },
  }, { highWaterMark: 0 });
}
