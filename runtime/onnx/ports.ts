/**
 * What a graph takes and gives, and whether a call fits it.
 *
 * @module
 */
import type { InferenceSession } from "onnxruntime-common";
import type { Port, Session } from "../device.ts";
import { elements, type Tensor } from "../tensor.ts";

/** The tensors among a graph's inputs or outputs. */
export function portsOf(metadata: readonly InferenceSession.ValueMetadata[]): Port[] {
  return metadata.filter((value) => value.isTensor).map(({ name, type, shape }) => ({ name, type, dims: shape }));
}

/**
 * Checks the names of a call of `Session.run`.
 *
 * @throws {TypeError} if an input is missing, or an input or output is unknown
 */
export function checkNames(
  { inputs, outputs }: Pick<Session, "inputs" | "outputs">,
  feeds: Readonly<Record<string, Tensor>>,
  wanted: readonly string[],
): void {
  const list = (ports: readonly Port[]) => ports.map(({ name }) => name).join(", ");
  for (const { name } of inputs) {
    if (!feeds[name]) throw new TypeError(`Input ${name} is missing, the graph takes ${list(inputs)}`);
  }
  for (const name of Object.keys(feeds)) {
    if (!inputs.some((port) => port.name === name)) {
      throw new TypeError(`Input ${name} is unknown, the graph takes ${list(inputs)}`);
    }
  }
  for (const name of wanted) {
    if (!outputs.some((port) => port.name === name)) {
      throw new TypeError(`Output ${name} is unknown, the graph gives ${list(outputs)}`);
    }
  }
}

/** Dims under which a tensor enters a port: none for an input of rank 0. */
export function dimsFor(port: Port, tensor: Tensor): readonly number[] {
  return port.dims.length === 0 && elements(tensor.dims) === 1 ? [] : tensor.dims;
}
