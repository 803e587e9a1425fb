import type { Device, Session } from "../../runtime/device.ts";
import { type Axes, elements, type Tensor } from "../../runtime/tensor.ts";

/** Wanted outputs of a graph and their axes. */
type Wanted = Readonly<Record<string, Axes>>;

/**
 * Runs a graph for all rows of its inputs, also where it was exported for a fixed number of rows: then several times, the last
 * run filled up with repeats.
 *
 * @param feeds tensors with a row for each of the B rows; those without (a single timestep) are the same for every run
 * @param axes outputs that have a row for each, too
 */
export async function runRows<O extends Wanted>(
  device: Device,
  session: Session,
  feeds: Readonly<Record<string, Tensor>>,
  axes: O,
): Promise<{ readonly [K in keyof O]: Tensor<O[K]> }> {
  // A timestep has one dimension or none, all else begins with the batch.
  const batched = session.inputs.find(({ dims }) => dims.length > 1)!;
  const size = fixedDim(batched.dims[0]);
  const rows = feeds[batched.name]!.dims[0]!;
  if (size === undefined || size === rows) return await session.run(feeds, axes);
  const hasRows = new Set(session.inputs.filter(({ dims }) => dims[0] === size).map(({ name }) => name));
  using made = new DisposableStack();
  const runs: Readonly<Record<string, Tensor>>[] = [];
  for (let first = 0; first < rows; first += size) {
    const chosen = Array.from({ length: size }, (_, i) => Math.min(first + i, rows - 1));
    using group = new DisposableStack();
    const entries = Object.entries(feeds).map((
      [name, tensor],
    ) => [
      name,
      hasRows.has(name) && tensor.dims[0] === rows ? group.use(pick(device, [tensor], chosen, rows)) : tensor,
    ]);
    const outputs = await session.run(Object.fromEntries(entries), axes);
    for (const output of Object.values<Tensor>(outputs)) made.use(output);
    runs.push(outputs);
  }
  const all = Array.from({ length: rows }, (_, row) => row);
  const joined = Object.keys(axes).map((name) =>
    [name, pick(device, runs.map((run) => run[name]!), all, size)] as const
  );
  return Object.fromEntries(joined) as { [K in keyof O]: Tensor<O[K]> };
}

/** The length of a dimension if the graph was exported for one; what is free the runtimes call -1 or by a name. */
export function fixedDim(dim: number | string | undefined): number | undefined {
  return typeof dim === "number" && dim > 0 ? dim : undefined;
}

/** Rows out of tensors that have `each` rows and are counted through. */
function pick(device: Device, tensors: readonly Tensor[], rows: readonly number[], each: number): Tensor {
  const [first] = tensors;
  const dims = first!.dims.slice(1);
  const length = elements(dims);
  const slices = rows.map((row) => ({ of: tensors[Math.floor(row / each)]!, start: (row % each) * length, length }));
  return device.assemble(first!.axes, [rows.length, ...dims], slices);
}
