import { invalid } from "../read/image_error.ts";
import { nearest } from "./png_filter.ts";

/**
 * Undoes PNG's filters in place (PNG specification, section 9.2).
 *
 * @param data rows of one pass, `1 + stride` bytes each: filter number, residuals; then filter number, bytes
 * @param stride bytes of one row
 * @param pixel bytes of one pixel, at least 1: how far back "left" is
 * @throws ImageError `invalid_image` at a filter that PNG does not have
 */
export function unfilter(data: Uint8Array, stride: number, pixel: number): void {
  for (let row = 1; row < data.length; row += stride + 1) {
    const end = row + stride;
    const first = row === 1; // what lies above the first row is zeros
    const up = stride + 1;
    switch (data[row - 1]) {
      case 0:
        break;
      case 1:
        for (let i = row + pixel; i < end; i++) data[i] = data[i]! + data[i - pixel]!;
        break;
      case 2:
        if (!first) { for (let i = row; i < end; i++) data[i] = data[i]! + data[i - up]!; }
        break;
      case 3:
        for (let i = row; i < end; i++) {
          const left = i < row + pixel ? 0 : data[i - pixel]!;
          data[i] = data[i]! + ((left + (first ? 0 : data[i - up]!)) >> 1);
        }
        break;
      case 4: {
        const second = row + pixel; // before it, above is the nearest
        if (!first) { for (let i = row; i < second; i++) data[i] = data[i]! + data[i - up]!; }
        for (let i = second; i < end; i++) {
          const left = data[i - pixel]!;
          data[i] = data[i]! + (first ? left : nearest(left, data[i - up]!, data[i - up - pixel]!));
        }
        break;
      }
      default:
        throw invalid(`is a broken PNG: row ${(row - 1) / (stride + 1)} has filter ${data[row - 1]}; send it again`);
    }
  }
}
