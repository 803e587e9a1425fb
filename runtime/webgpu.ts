/**
 * Graphs on the GPU through Deno's WebGPU; latents stay there for the whole loop.
 *
 * @module
 */
import type { Device, GraphSource } from "./device.ts";
import { findAdapter, requestDevice } from "./gpu/adapter.ts";
import { GpuDevice } from "./gpu/gpu_device.ts";
import { keepWorker } from "./onnx/keep_worker.ts";
import { QUIET } from "./onnx/quiet.ts";
import { readGraph } from "./onnx/read_graph.ts";
import { hideLocation } from "./onnx/worker_location.ts";

/**
 * In its default layout NHWC the runtime computes 3×3 convolutions wrongly for some odd numbers of input channels (9 as in
 * Stable Diffusion inpainting, 81 as in emoji-128). NCHW is exact. May go when
 * https://github.com/microsoft/onnxruntime/issues/29651 is fixed.
 */
const LAYOUT = "NCHW";

/**
 * Opens the `webgpu` device; a software adapter will do.
 *
 * @throws {Error} if there is no adapter
 */
export async function openWebgpu(): Promise<Device> {
  const adapter = await findAdapter();
  if (!adapter) {
    throw new Error("Device webgpu cannot be opened, no adapter was found: install a driver or choose wasm");
  }
  const device = await requestDevice(adapter);
  hideLocation();
  // The build with JSPI is 10 MB smaller than the one with Asyncify, so it starts faster.
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web/jspi");
  // More threads would be started from a blob: URL, which Deno refuses; https://github.com/denoland/deno/issues/25397
  env.wasm.numThreads = 1;
  return new GpuDevice({
    description: adapter.info.description,
    device,
    Tensor,
    create: async (graph: GraphSource) => {
      const { bytes, externalData } = await readGraph(graph);
      return await keepWorker(() =>
        InferenceSession.create(bytes, {
          ...QUIET,
          executionProviders: [{ name: "webgpu", device, preferredLayout: LAYOUT }],
          preferredOutputLocation: "gpu-buffer",
          externalData,
        })
      );
    },
  });
}
