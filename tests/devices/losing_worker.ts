/**
 * The inference worker, whose GPU goes away when it is told `"lose"`, and which dies when it is told `"die"`.
 *
 * @module
 */
/// <reference lib="deno.worker" />
const gpus: GPUDevice[] = [];
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const device = await requestDevice.call(this, descriptor);
  gpus.push(device);
  return device;
};

await import("../../pipeline/worker/worker.ts");
const work = self.onmessage as (event: MessageEvent<unknown>) => void;
self.onmessage = (event: MessageEvent<unknown>) => {
  switch (event.data) {
    case "lose":
      return gpus.forEach((gpu) => gpu.destroy());
    case "die":
      throw new Error("The thread is gone");
    default:
      return work(event);
  }
};
