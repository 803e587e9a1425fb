import type { StepRow } from "../device.ts";

/** Floats of `struct Row` in step.wgsl. */
const ROW = 16;

/** WGSL may assume that there are no infinities, so "no clip" is the largest float32. */
const LARGEST = 3.4028234663852886e38;

/** Rows that step.wgsl reads; a uniform buffer has a fixed length. */
const MOST_ROWS = 64;

/**
 * The rows of a step as step.wgsl reads them.
 *
 * @throws {RangeError} if there are more than it reads
 */
export function packRows(rows: readonly StepRow[], guided: boolean): Float32Array<ArrayBuffer> {
  if (rows.length > MOST_ROWS) throw new RangeError(`A step has ${rows.length} rows, there may be ${MOST_ROWS}`);
  const packed = new Float32Array(MOST_ROWS * ROW);
  rows.forEach(({ step: { x0, next, keep }, guidance }, b) => {
    const numbers = [
      ...[guidance, x0.x, x0.predicted, Math.min(x0.clip, LARGEST)],
      ...[next.x, next.predicted, next.x0, next.noise],
      ...[keep?.x ?? 0, keep?.predicted ?? 0, keep?.x0 ?? 0, Number(guided)],
      ...next.history,
    ];
    packed.set(numbers, b * ROW);
  });
  return packed;
}
