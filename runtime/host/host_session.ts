import type { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-common";
import type { Port, Session } from "../device.ts";
import { fromElements, toElements } from "../onnx/element_types.ts";
import { hostNumbers, HostTensor } from "./host_tensor.ts";
import type { Ledger } from "../ledger.ts";
import { QUIET } from "../onnx/quiet.ts";
import { checkNames, dimsFor, portsOf } from "../onnx/ports.ts";
import type { Axes, Tensor } from "../tensor.ts";
import type { Turns } from "../turns.ts";

/** What all sessions of one device share. */
export interface HostContext {
  /** The runtime's class of tensors. */
  readonly Tensor: typeof OnnxTensor;
  /** Counts their outputs. */
  readonly ledger: Ledger;
  /** Keeps their runs apart. */
  readonly turns: Turns;
}

/** A graph whose inputs and outputs lie in the memory of the CPU. */
export class HostSession implements Session {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly #session: InferenceSession;
  readonly #context: HostContext;

  /** Owns the session from now on. */
  constructor(session: InferenceSession, context: HostContext) {
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
    const { Tensor, ledger, turns } = this.#context;
    const inputs = this.inputs.map((port) => {
      const tensor = feeds[port.name]!;
      const data = toElements(hostNumbers(tensor), port.type);
      return [port.name, new Tensor(port.type as OnnxTensor.Type, data, dimsFor(port, tensor))] as const;
    });
    const results = await turns.take(() => this.#session.run(Object.fromEntries(inputs), Object.keys(axes), QUIET));
    using made = new DisposableStack();
    const outputs: Record<string, Tensor> = {};
    for (const [name, of] of Object.entries(axes)) {
      const result = results[name]!;
      outputs[name] = made.use(new HostTensor(ledger, of, result.dims, fromElements(result)));
    }
    made.move();
    return outputs as { [K in keyof O]: Tensor<O[K]> };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#context.turns.take(() => this.#session.release());
  }
}
