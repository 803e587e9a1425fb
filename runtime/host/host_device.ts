import type { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-common";
import type { Device, DeviceCounts, DeviceName, Feed, GraphSource, Session, Slice } from "../device.ts";
import type { StepInputs, StepRow } from "../device.ts";
import { HostSession } from "./host_session.ts";
import { hostNumbers, HostTensor } from "./host_tensor.ts";
import { feed } from "../kernels/feed.ts";
import { mix } from "../kernels/mix.ts";
import { checkAssemble, checkMix, feedShape, stepShape } from "../kernels/shapes.ts";
import { step } from "../kernels/step.ts";
import { Ledger } from "../ledger.ts";
import { loadError } from "../onnx/load_error.ts";
import { type Axes, elements, type Latents, type Tensor } from "../tensor.ts";
import { Turns } from "../turns.ts";

/** What tells one device with CPU memory from another. */
export interface HostBackend {
  readonly name: DeviceName;
  readonly description: string;
  /** The runtime's class of tensors. */
  readonly Tensor: typeof OnnxTensor;
  /** Creates the runtime's session of a graph. */
  readonly create: (graph: GraphSource) => Promise<InferenceSession>;
}

/** A device whose tensors lie in the memory of the CPU and whose kernels are TypeScript. */
export class HostDevice implements Device {
  readonly memory = "cpu";
  readonly name: DeviceName;
  readonly description: string;
  readonly #backend: HostBackend;
  readonly #ledger = new Ledger();
  readonly #turns = new Turns();

  /** A device that creates sessions with `backend`. */
  constructor(backend: HostBackend) {
    this.name = backend.name;
    this.description = backend.description;
    this.#backend = backend;
  }

  upload<A extends Axes>(axes: A, dims: readonly number[], data: Float32Array): Tensor<A> {
    return this.#tensor(axes, dims, data.slice());
  }

  async load(graph: GraphSource): Promise<Session> {
    try {
      const session = await this.#turns.take(() => this.#backend.create(graph));
      return new HostSession(session, { Tensor: this.#backend.Tensor, ledger: this.#ledger, turns: this.#turns });
    } catch (cause) {
      throw loadError(graph, cause);
    }
  }

  assemble<A extends Axes>(axes: A, dims: readonly number[], slices: readonly Slice[]): Tensor<A> {
    checkAssemble(axes, dims, slices);
    const numbers = new Float32Array(elements(dims));
    let at = 0;
    for (const { of, start, length } of slices) {
      numbers.set(hostNumbers(of).subarray(start, start + length), at);
      at += length;
    }
    return this.#tensor(axes, dims, numbers);
  }

  feed(x: Latents, how: Feed): Latents {
    const shape = feedShape(x, how);
    return this.#tensor("B C h w", shape.dims, feed(hostNumbers(x), how.concat && hostNumbers(how.concat), how, shape));
  }

  step(rows: readonly StepRow[], at: StepInputs): { readonly x: Latents; readonly kept?: Latents } {
    const { x, kept } = step(rows, stepShape(rows, at), {
      x: hostNumbers(at.x),
      predicted: hostNumbers(at.predicted),
      history: at.history.map(hostNumbers),
      noise: at.noise && hostNumbers(at.noise),
    });
    const latents = (numbers: Float32Array) => this.#tensor("B C h w", at.x.dims, numbers);
    return kept ? { x: latents(x), kept: latents(kept) } : { x: latents(x) };
  }

  mix(a: Latents, b: Latents, mask: Tensor<"B 1 h w">): Latents {
    checkMix(a, b, mask);
    return this.#tensor("B C h w", a.dims, mix(hostNumbers(a), hostNumbers(b), hostNumbers(mask), a.dims));
  }

  counts(): DeviceCounts {
    return this.#ledger.counts();
  }

  /** Waits for the work under way. Sessions belong to who loaded them. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#turns.take(() => Promise.resolve());
  }

  #tensor<A extends Axes>(axes: A, dims: readonly number[], numbers: Float32Array): Tensor<A> {
    return new HostTensor(this.#ledger, axes, dims, numbers);
  }
}
