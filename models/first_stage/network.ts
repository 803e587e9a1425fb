import type { Device, Port, Session } from "../../runtime/device.ts";
import type { Axes, Tensor } from "../../runtime/tensor.ts";
import { graphOf } from "../folder.ts";
import { type LazySession, lazySession } from "../graphs/lazy.ts";
import { runRows } from "../graphs/run_rows.ts";
import type { FirstStagePart } from "./tile_of.ts";
import { inTiles, type Planes } from "./tiles.ts";

/** How the network is run. */
export interface NetworkRun {
  /** Rows and columns of a tile; all at once if undefined. */
  readonly tile: number | undefined;
  /** Rows and columns that come out for each that goes in. */
  readonly scale: number;
  /** In single precision, also where the graph is in half; then its weights stay loaded in both. */
  readonly widened?: boolean;
}

/** Encoder or decoder of an autoencoder: one tensor in, one out. */
export interface Network extends AsyncDisposable {
  /** What the graph takes; loads it. @throws {Error} with the file's name if it cannot be loaded */
  input(): Promise<Port>;
  /** Runs it for all rows; the caller disposes what it gives. */
  run<A extends Axes>(tensor: Tensor, axes: A, how: NetworkRun): Promise<Tensor<A>>;
}

/** A network of a model folder, each of its forms loaded when it is first needed. */
export function openNetwork(folder: string, part: FirstStagePart, device: Device): Network {
  const source = () => graphOf(folder, part);
  const own = lazySession(device, source);
  const widened = lazySession(device, async () => ({ ...await source(), widened: true }));
  return {
    input: async () => (await own.get()).inputs[0]!,
    async run(tensor, axes, { tile, scale, widened: isWidened = false }) {
      const session = await (isWidened ? widened : own).get();
      if (tile === undefined) return await runOnce(device, session, tensor, axes);
      const [rows = 0, channels = 0, height = 0, width = 0] = tensor.dims;
      const whole = { count: rows * channels, height, width, numbers: await tensor.read() };
      const made = await inTiles(whole, { tile, scale }, async (cut): Promise<Planes> => {
        using input = device.upload(tensor.axes, [rows, channels, cut.height, cut.width], cut.numbers);
        using output = await runOnce(device, session, input, axes);
        const [, count = 0, height = 0, width = 0] = output.dims;
        return { count: rows * count, height, width, numbers: await output.read() };
      });
      return device.upload(axes, [rows, made.count / rows, made.height, made.width], made.numbers);
    },
    async [Symbol.asyncDispose]() {
      for (const session of [own, widened] satisfies LazySession[]) await session[Symbol.asyncDispose]();
    },
  };
}

async function runOnce<A extends Axes>(device: Device, session: Session, tensor: Tensor, axes: A): Promise<Tensor<A>> {
  const name = session.outputs[0]!.name;
  const outputs = await runRows(device, session, { [session.inputs[0]!.name]: tensor }, { [name]: axes });
  return outputs[name]! as Tensor<A>;
}
