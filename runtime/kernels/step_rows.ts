import type { StepRow } from "../device.ts";

/** Floats of `struct Row` in step.wgsl. */
const ROW = 16;

/** WGSL may assume that there are no infinities, so "no clip" is the largest float32. */
const LARGEST = 3.4028234663852886e38;

/** The rows of a step as step.wgsl reads them. */
export function packRows(rows: readonly StepRow[], guided: boolean): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(rows.length * ROW);
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
