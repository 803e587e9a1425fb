import type { Device } from "../../runtime/device.ts";
import type { Context } from "../../runtime/tensor.ts";

/**
 * Tokens [B, M, D] in place of the first M of a context [B, N, D], in those rows that are chosen; the other rows stay.
 *
 * @returns a new tensor [B, N, D]
 */
export function inPlaceOfFirst(device: Device, context: Context, tokens: Context, chosen: readonly boolean[]): Context {
  const [batch = 0, length = 0, width = 0] = context.dims;
  const [, count = 0] = tokens.dims;
  const slices = chosen.flatMap((isChosen, row) => [
    isChosen
      ? { of: tokens, start: row * count * width, length: count * width }
      : { of: context, start: row * length * width, length: count * width },
    { of: context, start: (row * length + count) * width, length: (length - count) * width },
  ]);
  return device.assemble("B N D", [batch, length, width], slices);
}
