/**
 * Told when a picture's file is begun; what it gives is told how many milliseconds that took, once it is done.
 *
 * @param job id of the job whose picture it is, where the call that brought the job is over
 */
export type EncodeWatch = (job?: string) => (time: number) => void;

/** Tells how long a stream's source took for all it gave; how long its reader took does not count. */
export function timeStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  watch: EncodeWatch = () => () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const tell = watch();
  const reader = stream.getReader();
  let time = 0;
  return new ReadableStream({
    async pull(controller) {
      const start = performance.now();
      const { done, value } = await reader.read();
      time += performance.now() - start;
      if (!done) return controller.enqueue(value);
      tell(time);
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
