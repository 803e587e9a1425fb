/** Times a box is drawn over each line. */
const PASSES = 3;

/**
 * Blurs one channel, to the bit as Pillow's `ImageFilter.GaussianBlur`: three box blurs of a fractional radius along the
 * rows, then three along the columns (Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended box
 * filtering", 2011); what lies outside equals the border.
 *
 * @param data one byte a pixel
 * @param radius standard deviation in pixels
 */
export function gaussianBlur(
  data: Uint8ClampedArray,
  width: number,
  height: number,
  radius: number,
): Uint8ClampedArray<ArrayBuffer> {
  const box = boxRadius(radius);
  const blurred = Uint8ClampedArray.from(data);
  for (let y = 0; y < height; y++) blurLine(blurred, y * width, 1, width, box);
  for (let x = 0; x < width; x++) blurLine(blurred, x, width, height, box);
  return blurred;
}

/** Radius of the box that gives this standard deviation when drawn three times, in single precision as Pillow has it. */
function boxRadius(radius: number): number {
  const { fround } = Math;
  const variance = fround(fround(fround(radius) ** 2) / PASSES);
  const length = fround(Math.sqrt(12 * variance + 1)); // formula 7
  const whole = Math.floor((length - 1) / 2); // formula 11
  const part = fround((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)); // formula 14
  return fround(whole + part / (6 * (variance - (whole + 1) ** 2)));
}

/** Draws the box over one line in place, `count` bytes from `start` on, `step` apart. */
function blurLine(data: Uint8ClampedArray, start: number, step: number, count: number, radius: number): void {
  const whole = Math.floor(radius);
  const weight = Math.floor(Math.fround(2 ** 24 / Math.fround(2 * radius + 1)));
  const farWeight = Math.floor((2 ** 24 - (2 * whole + 1) * weight) / 2);
  const line = new Uint8Array(count + 2 * whole + 2);
  for (let pass = 0; pass < PASSES; pass++) {
    for (let i = 0; i < line.length; i++) {
      line[i] = data[start + step * Math.min(count - 1, Math.max(0, i - whole - 1))]!;
    }
    let sum = 0;
    for (let i = 0; i < 2 * whole + 1; i++) sum += line[i]!;
    for (let i = 0; i < count; i++) {
      const [left, right] = [line[i]!, line[i + 2 * whole + 2]!];
      sum += line[i + 2 * whole + 1]! - left;
      data[start + step * i] = Math.floor((sum * weight + (left + right) * farWeight + 2 ** 23) / 2 ** 24);
    }
  }
}
