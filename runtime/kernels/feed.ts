import { type Feed } from "../device.ts";
import { elements } from "../tensor.ts";
import type { FeedShape } from "./shapes.ts";

/** `Device.feed` in plain TypeScript; `concat` holds the numbers of `how.concat`. */
export function feed(x: Float32Array, concat: Float32Array | undefined, how: Feed, shape: FeedShape): Float32Array {
  const { batch, channels, width, plane } = shape;
  const out = new Float32Array(elements(shape.dims));
  for (let row = 0; row < shape.dims[0]!; row++) {
    const b = row % batch;
    const start = row * width * plane;
    for (let c = 0; c < channels; c++) {
      const scale = (how.rows?.[b] ?? 1) * (how.channels?.scale[c] ?? 1);
      const shift = how.channels?.shift[c] ?? 0;
      const from = (b * channels + c) * plane;
      for (let i = 0; i < plane; i++) out[start + c * plane + i] = x[from + i]! * scale + shift;
    }
    if (concat) {
      const length = shape.concat * plane;
      out.set(concat.subarray(b * length, (b + 1) * length), start + channels * plane);
    }
  }
  return out;
}
