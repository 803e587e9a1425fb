/**
 * Mixes two bytes, `under` where `opacity` is 0 and `over` where it is 255, rounded to the nearest (Pillow's `BLEND`).
 */
export function blend(under: number, over: number, opacity: number): number {
  const sum = under * (255 - opacity) + over * opacity + 128;
  return (sum + (sum >> 8)) >> 8;
}
