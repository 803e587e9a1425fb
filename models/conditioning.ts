import type { Device } from "../runtime/device.ts";
import { elements, type Tensor } from "../runtime/tensor.ts";
import type { Conditioning } from "./components.ts";

/** One row of a conditioning. */
export interface ConditioningRow {
  readonly of: Conditioning;
  readonly row: number;
}

/**
 * A new conditioning that consists of these rows, in this order: repeats, joins and splits batches.
 *
 * @throws {RangeError} if the rows differ in kind or shape
 */
export function gather(device: Device, rows: readonly ConditioningRow[]): Conditioning {
  const fields = Object.keys(rows[0]?.of ?? {}) as (keyof Conditioning)[];
  return Object.fromEntries(fields.map((field) => [field, gatherField(device, rows, field)]));
}

function gatherField(device: Device, rows: readonly ConditioningRow[], field: keyof Conditioning): Tensor {
  const tensors = rows.map(({ of }) => of[field]);
  const [, ...rowDims] = tensors[0]!.dims;
  const length = elements(rowDims);
  const slices = tensors.map((tensor, index) => {
    if (tensor?.dims.slice(1).join() !== rowDims.join()) {
      throw new RangeError(`Row ${index} has ${field} [${tensor?.dims.slice(1) ?? "none"}]; it must be [${rowDims}]`);
    }
    return { of: tensor, start: rows[index]!.row * length, length };
  });
  return device.assemble(tensors[0]!.axes, [rows.length, ...rowDims], slices);
}

/** Disposes every tensor of a conditioning. */
export function disposeConditioning(given: Conditioning): void {
  for (const tensor of Object.values<Tensor>({ ...given })) tensor[Symbol.dispose]();
}
