import type { Device, GraphSource, Session } from "./device.ts";
import { loadingBy } from "./loading_by.ts";
import { type Axes, elements, type Tensor } from "./tensor.ts";
import { Turns } from "./turns.ts";

/**
 * A device that holds one graph at a time: a session whose graph is not there loads it again when it runs, and the one that was
 * there is released. So a model takes the room of its largest part, and the time to read its files for every picture.
 *
 * @param device stays the caller's, who must not load graphs on it by other ways if room is short
 */
export function oneAtATime(device: Device): Device {
  const turns = new Turns();
  let held: { readonly graph: GraphSource; readonly session: Session } | undefined;

  async function release(): Promise<void> {
    const session = held?.session;
    held = undefined;
    await session?.[Symbol.asyncDispose]();
  }

  async function hold(graph: GraphSource): Promise<Session> {
    if (held?.graph !== graph) {
      await release();
      held = { graph, session: await device.load(graph) };
    }
    return held.session;
  }

  async function load(source: GraphSource): Promise<Session> {
    // A copy, for the same graph may be loaded twice.
    const graph = { ...source };
    const { inputs, outputs } = await turns.take(() => hold(graph));
    return {
      inputs,
      outputs,
      run: (feeds, axes) => turns.take(async () => owned(await (await hold(graph)).run(feeds, axes), device)),
      [Symbol.asyncDispose]: () => turns.take(async () => held?.graph === graph ? await release() : undefined),
    };
  }
  return loadingBy(load, device);
}

/** On a GPU a graph's results lie in buffers of its session, which may be gone before they are. */
function owned<O extends Readonly<Record<string, Axes>>>(
  outputs: { readonly [K in keyof O]: Tensor<O[K]> },
  device: Device,
): { readonly [K in keyof O]: Tensor<O[K]> } {
  if (device.memory === "cpu") return outputs;
  const copies = Object.entries<Tensor>(outputs).map(([name, tensor]) => {
    using own = tensor;
    const slice = { of: own, start: 0, length: elements(own.dims) };
    return [name, device.assemble(own.axes, own.dims, [slice])] as const;
  });
  return Object.fromEntries(copies) as { [K in keyof O]: Tensor<O[K]> };
}
