/** Most bytes handed over at once, so that a slow reader who does read is told from one who does not. */
const PIECE = 64 * 1024;

/**
 * Watches an answer's body being read.
 *
 * @param stall milliseconds after which a reader who takes nothing counts as gone; the connection is cut then, and the
 * body's source canceled
 * @param onEnd called once, when the last byte was taken, the reader left or the source failed
 */
export function watchBody(response: Response, stall: number, onEnd: () => void): Response {
  if (response.body === null) {
    onEnd();
    return response;
  }
  const reader = response.body.getReader();
  let rest = new Uint8Array();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const end = () => {
    clearTimeout(timer);
    if (!isOver) onEnd();
    isOver = true;
  };
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      clearTimeout(timer);
      try {
        while (rest.length === 0) {
          const { done, value } = await reader.read();
          if (done) {
            end();
            return controller.close();
          }
          rest = value;
        }
      } catch (error) {
        end();
        throw error;
      }
      if (isOver) return;
      controller.enqueue(rest.subarray(0, PIECE));
      rest = rest.subarray(PIECE);
      timer = setTimeout(() => {
        const reason = new DOMException(`The reader took nothing for ${stall / 1000} s`, "TimeoutError");
        end();
        controller.error(reason);
        reader.cancel(reason).catch(() => {});
      }, stall);
    },
    cancel(reason) {
      end();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(body, response);
}
