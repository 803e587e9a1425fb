import type { Pixels } from "../../pipeline/images/pixels.ts";

/** Test pictures by content; each is the same at every run. */
export const pictures = {
  /** Hardly compressible: every byte of a linear congruential generator. */
  noise: (width: number, height: number) => {
    let state = 1;
    return paint(width, height, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24);
  },
  flat: (width: number, height: number) => paint(width, height, (_x, _y, channel) => 40 + 60 * channel),
  gradient: (width: number, height: number) => paint(width, height, (x, y, channel) => x + y * channel),
  /** Quarters that each suit another PNG filter. */
  quarters: (width: number, height: number) =>
    paint(width, height, (x, y, channel) => {
      if (4 * y < height) return 3 * x + channel;
      if (2 * y < height) return 97 * x * x + 7 * channel + y;
      if (4 * y < 3 * height) return (x * x + y * y) / 16 + channel;
      return 128 + 90 * Math.sin(x / 9) * Math.cos(y / 7) + 5 * ((x * 31 + y * 17) % 3);
    }),
} satisfies Record<string, (width: number, height: number) => Pixels>;

function paint(width: number, height: number, byte: (x: number, y: number, channel: number) => number): Pixels {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    data[i] = byte(pixel % width, Math.floor(pixel / width), i % 3);
  }
  return { width, height, data };
}
