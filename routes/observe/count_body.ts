/**
 * Counts an answer's body on its way out.
 *
 * @param onEnd called once: how many bytes were taken, and whether that was all
 */
export function countBody(response: Response, onEnd: (bytes: number, isWhole: boolean) => void): Response {
  if (response.body === null) {
    onEnd(0, true);
    return response;
  }
  const reader = response.body.getReader();
  let bytes = 0;
  let isOver = false;
  const end = (isWhole: boolean) => {
    if (!isOver) onEnd(bytes, isWhole);
    isOver = true;
  };
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          end(true);
          return controller.close();
        }
        bytes += value.length;
        controller.enqueue(value);
      } catch (error) {
        end(false);
        throw error;
      }
    },
    cancel(reason) {
      end(false);
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(body, response);
}
