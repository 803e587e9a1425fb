import type { Device, Step } from "../../../runtime/device.ts";
import type { Latents } from "../../../runtime/tensor.ts";

/** A weighted sum of latents: x · weights.x + y · weights.y. */
export function combine(
  device: Device,
  x: Latents,
  y: Latents,
  weights: { readonly x: number; readonly y: number },
): Latents {
  const step: Step = {
    timestep: 0,
    inputScale: 1,
    level: { signal: 1, noise: 0 },
    x0: { x: 0, predicted: 0, clip: Infinity },
    next: { x: weights.x, predicted: weights.y, x0: 0, history: [], noise: 0 },
  };
  const rows = Array.from({ length: x.dims[0]! }, () => ({ step, guidance: 1 }));
  return device.step(rows, { x, predicted: y, history: [] }).x;
}
