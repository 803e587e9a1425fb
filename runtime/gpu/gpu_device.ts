import type { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-common";
import type { Device, DeviceCounts, Feed, GraphSource, Session, Slice, StepInputs, StepRow } from "../device.ts";
import { DeviceLostError } from "../device_lost_error.ts";
import { checkAssemble, checkMix, feedShape, stepShape } from "../kernels/shapes.ts";
import { packRows } from "../kernels/step_rows.ts";
import { Ledger } from "../ledger.ts";
import { loadError } from "../onnx/load_error.ts";
import { type Axes, checkElements, elements, type Latents, type Tensor } from "../tensor.ts";
import { Turns } from "../turns.ts";
import { GpuKernels } from "./gpu_kernels.ts";
import { GpuMemory } from "./gpu_memory.ts";
import { GpuSession } from "./gpu_session.ts";
import { bindingOf, GpuTensor, onGpu } from "./gpu_tensor.ts";

/** What a GPU device is made of. */
export interface GpuBackend {
  readonly description: string;
  /** Ours alone: it is destroyed in the end. */
  readonly device: GPUDevice;
  /** The runtime's class of tensors. */
  readonly Tensor: typeof OnnxTensor;
  /** Creates the runtime's session of a graph on the device. */
  readonly create: (graph: GraphSource) => Promise<InferenceSession>;
}

/** A device whose tensors lie in the memory of the GPU and whose kernels are WGSL. */
export class GpuDevice implements Device {
  readonly name = "webgpu";
  readonly memory = "gpu";
  readonly description: string;
  readonly lost: Promise<DeviceLostError>;
  readonly #backend: GpuBackend;
  readonly #memory: GpuMemory;
  readonly #kernels: GpuKernels;
  readonly #ledger = new Ledger();
  readonly #turns = new Turns();

  /** Owns the backend's GPU from now on. */
  constructor(backend: GpuBackend) {
    this.description = backend.description;
    this.lost = backend.device.lost.then(({ message }) => new DeviceLostError(`The GPU was lost: ${message}`));
    this.#backend = backend;
    this.#memory = new GpuMemory(backend.device);
    this.#kernels = new GpuKernels(backend.device);
  }

  upload<A extends Axes>(axes: A, dims: readonly number[], data: Float32Array): Tensor<A> {
    checkElements(axes, dims, data.length);
    return this.#tensor(axes, dims, this.#memory.upload(data), data.slice());
  }

  async load(graph: GraphSource): Promise<Session> {
    const create = () => this.#backend.create(graph);
    try {
      return new GpuSession(await this.#turns.take(create), {
        create,
        Tensor: this.#backend.Tensor,
        memory: this.#memory,
        kernels: this.#kernels,
        ledger: this.#ledger,
        turns: this.#turns,
      });
    } catch (cause) {
      throw loadError(graph, cause);
    }
  }

  assemble<A extends Axes>(axes: A, dims: readonly number[], slices: readonly Slice[]): Tensor<A> {
    checkAssemble(axes, dims, slices);
    const sources = slices.map(({ of, start, length }) => [onGpu(of).numbers.buffer, start * 4, length * 4] as const);
    const result = this.#empty(axes, dims);
    const encoder = this.#backend.device.createCommandEncoder();
    let at = 0;
    for (const [source, start, size] of sources) {
      encoder.copyBufferToBuffer(source, start, result.numbers.buffer, at, size);
      at += size;
    }
    this.#backend.device.queue.submit([encoder.finish()]);
    return result;
  }

  feed(x: Latents, how: Feed): Latents {
    const { dims, batch, channels, concat, width, plane } = feedShape(x, how);
    using temporary = new DisposableStack();
    const shape = this.#constants(new Uint32Array([batch, channels, concat, width, plane]), temporary);
    const ones = (count: number) => new Array<number>(count).fill(1);
    const scales = this.#constants(
      new Float32Array([
        ...how.rows ?? ones(batch),
        ...how.channels?.scale ?? ones(channels),
        ...how.channels?.shift ?? ones(channels).fill(0),
      ]),
      temporary,
    );
    const sources = [bindingOf(x), bindingOf(how.concat ?? x)];
    const result = this.#empty("B C h w", dims);
    this.#kernels.run("feed", [shape, scales, ...sources, bindingOf(result)], width * plane, dims[0]!);
    return result;
  }

  step(rows: readonly StepRow[], at: StepInputs): { readonly x: Latents; readonly kept?: Latents } {
    const { row, guided, keeps } = stepShape(rows, at);
    using temporary = new DisposableStack();
    const { x, predicted, history, noise } = at;
    // Every binding of the shader needs a buffer; x stands for what is not there.
    const sources = [x, predicted, history[0] ?? x, history[1] ?? x, history[2] ?? x, noise ?? x].map(bindingOf);
    const constants = this.#constants(packRows(rows, guided), temporary);
    const next = this.#empty("B C h w", x.dims);
    const kept = this.#empty("B C h w", x.dims);
    this.#kernels.run("step", [constants, ...sources, bindingOf(next), bindingOf(kept)], row, rows.length);
    if (keeps) return { x: next, kept };
    kept[Symbol.dispose]();
    return { x: next };
  }

  mix(a: Latents, b: Latents, mask: Tensor<"B 1 h w">): Latents {
    checkMix(a, b, mask);
    using temporary = new DisposableStack();
    const [batch, ...rest] = a.dims as [number, ...number[]];
    const sources = [a, b, mask].map(bindingOf);
    const shape = this.#constants(new Uint32Array([elements(rest), elements(rest.slice(1))]), temporary);
    const result = this.#empty("B C h w", a.dims);
    this.#kernels.run("mix", [shape, ...sources, bindingOf(result)], elements(rest), batch);
    return result;
  }

  counts(): DeviceCounts {
    return this.#ledger.counts();
  }

  /** Waits for the work under way and frees the GPU. Sessions belong to who loaded them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.take(() => Promise.resolve());
    this.#memory.close();
    this.#backend.device.destroy();
  }

  #tensor<A extends Axes>(axes: A, dims: readonly number[], buffer: GPUBuffer, uploaded?: Float32Array): GpuTensor<A> {
    const context = { memory: this.#memory, ledger: this.#ledger };
    const release = () => this.#memory.release(buffer);
    return new GpuTensor(context, axes, dims, { buffer, release, ...(uploaded && { uploaded }) });
  }

  #empty<A extends Axes>(axes: A, dims: readonly number[]): GpuTensor<A> {
    return this.#tensor(axes, dims, this.#memory.acquire(elements(dims) * Float32Array.BYTES_PER_ELEMENT));
  }

  /** Numbers for one pass of a kernel. */
  #constants(numbers: Float32Array | Uint32Array, temporary: DisposableStack): GPUBufferBinding {
    const buffer = this.#memory.upload(numbers);
    temporary.defer(() => this.#memory.release(buffer));
    return { buffer, size: numbers.byteLength };
  }
}
