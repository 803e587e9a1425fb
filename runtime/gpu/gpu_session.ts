import type { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-common";
import type { Port, Session } from "../device.ts";
import { fromElements, toElements } from "../onnx/element_types.ts";
import { QUIET } from "../onnx/quiet.ts";
import { checkNames, dimsFor, portsOf } from "../onnx/ports.ts";
import { type Axes, elements, type Tensor } from "../tensor.ts";
import type { Turns } from "../turns.ts";
import type { GpuKernels } from "./gpu_kernels.ts";
import { bindingOf, type GpuContext, type GpuNumbers, GpuTensor, onGpu } from "./gpu_tensor.ts";

/** Threads of one row of the grid of cast.wgsl. */
const CAST_COLUMNS = 2 ** 16;

/** What a session needs of its device. */
export interface GpuSessionContext extends GpuContext {
  /** The runtime's class of tensors. */
  readonly Tensor: typeof OnnxTensor;
  readonly kernels: GpuKernels;
  readonly turns: Turns;
  /** Creates the runtime's session anew. */
  readonly create: () => Promise<InferenceSession>;
}

/** A graph whose inputs and outputs lie in the memory of the GPU. */
export class GpuSession implements Session {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly #context: GpuSessionContext;
  #session: InferenceSession;
  #failed = false;

  /** Owns the session from now on. */
  constructor(session: InferenceSession, context: GpuSessionContext) {
    this.#session = session;
    this.#context = context;
    this.inputs = portsOf(session.inputMetadata);
    this.outputs = portsOf(session.outputMetadata);
  }

  async run<O extends Readonly<Record<string, Axes>>>(
    feeds: Readonly<Record<string, Tensor>>,
    axes: O,
  ): Promise<{ readonly [K in keyof O]: Tensor<O[K]> }> {
    checkNames(this, feeds, Object.keys(axes));
    const results = await this.#context.turns.take(async () => {
      await this.#recover();
      using temporary = new DisposableStack();
      const inputs: Record<string, OnnxTensor> = {};
      for (const port of this.inputs) inputs[port.name] = await this.#input(port, feeds[port.name]!, temporary);
      this.#failed = true;
      const results = await this.#session.run(inputs, Object.keys(axes), QUIET);
      this.#failed = false;
      return results;
    });
    using made = new DisposableStack();
    const outputs: Record<string, Tensor> = {};
    for (const [name, of] of Object.entries(axes)) outputs[name] = made.use(await this.#output(results[name]!, of));
    made.move();
    return outputs as { [K in keyof O]: Tensor<O[K]> };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#context.turns.take(() => this.#session.release());
  }

  /**
   * After a run that failed, onnxruntime-web 1.30 ignores the inputs of all later ones: `run` in wasm-core-impl.ts leaves
   * `inputOutputBound` set. Only a new session helps. May go when the runtime resets it on errors.
   */
  async #recover(): Promise<void> {
    this.#context.memory.checkAlive();
    if (!this.#failed) return;
    const failed = this.#session;
    this.#session = await this.#context.create();
    this.#failed = false;
    await failed.release();
  }

  /** The tensor as the graph wants it; half precision is made on the GPU, everything else on the CPU. */
  async #input(port: Port, tensor: Tensor, temporary: DisposableStack): Promise<OnnxTensor> {
    const { Tensor, memory, kernels } = this.#context;
    const dims = dimsFor(port, tensor);
    const { buffer, uploaded } = onGpu(tensor).numbers;
    if (port.type === "float32") return Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims });
    if (port.type === "float16") {
      const pairs = Math.ceil(elements(dims) / 2);
      const narrow = memory.acquire(pairs * 4);
      temporary.defer(() => memory.release(narrow));
      const bindings = [bindingOf(tensor), { buffer: narrow, size: pairs * 4 }];
      kernels.run("narrow", bindings, Math.min(pairs, CAST_COLUMNS), Math.ceil(pairs / CAST_COLUMNS));
      return Tensor.fromGpuBuffer(narrow, { dataType: "float16", dims });
    }
    const data = toElements(uploaded ?? await tensor.read(), port.type);
    return new Tensor(port.type as OnnxTensor.Type, data, dims);
  }

  async #output<A extends Axes>(result: OnnxTensor, axes: A): Promise<GpuTensor<A>> {
    // The runtime is not called while it may be in the middle of another run.
    const release = () => void this.#context.turns.take(() => Promise.resolve(result.dispose()));
    try {
      if (result.type === "float32") return this.#tensor(result, axes, { buffer: bufferOf(result), release });
      const numbers = result.type === "float16" ? this.#widen(result) : await this.#download(result);
      release();
      return this.#tensor(result, axes, numbers);
    } catch (error) {
      release();
      throw error;
    }
  }

  #tensor<A extends Axes>(result: OnnxTensor, axes: A, numbers: GpuNumbers): GpuTensor<A> {
    return new GpuTensor(this.#context, axes, result.dims, numbers);
  }

  #widen(result: OnnxTensor): GpuNumbers {
    const { memory, kernels } = this.#context;
    const pairs = Math.ceil(result.size / 2);
    const buffer = memory.acquire(result.size * 4);
    const bindings = [{ buffer: bufferOf(result), size: pairs * 4 }, { buffer, size: result.size * 4 }];
    kernels.run("widen", bindings, Math.min(pairs, CAST_COLUMNS), Math.ceil(pairs / CAST_COLUMNS));
    return { buffer, release: () => memory.release(buffer) };
  }

  async #download(result: OnnxTensor): Promise<GpuNumbers> {
    const { memory, ledger, turns } = this.#context;
    ledger.readBack();
    const data = await turns.take(() => result.getData());
    const uploaded = fromElements({ data, type: result.type });
    const buffer = memory.upload(uploaded);
    return { buffer, release: () => memory.release(buffer), uploaded };
  }
}

/** The runtime's types know no WebGPU. */
function bufferOf(result: OnnxTensor): GPUBuffer {
  return result.gpuBuffer as GPUBuffer;
}
