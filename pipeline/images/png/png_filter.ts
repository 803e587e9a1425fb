/** Bytes per RGB pixel: how far back "left" is. */
const PIXEL = 3;

/**
 * Filters RGB rows for a PNG, each with that one of the five filters whose residuals, read as signed bytes, have the
 * smallest sum of absolute values; at a tie the lower filter number (PNG specification, sections 9.2 and 12.7).
 * It remembers the last row, so the rows of a picture may come in several calls.
 */
export class RowFilter {
  readonly #stride: number;
  /** Both rows begin with a pixel of zeros, the specification's value of what lies left of the picture. */
  #row: Uint8Array;
  #above: Uint8Array;
  /** Residuals by filter number: None, Sub, Up, Average, Paeth. */
  readonly #residuals: readonly Uint8Array[];

  /** @param width pixels per row */
  constructor(width: number) {
    this.#stride = PIXEL * width;
    this.#row = new Uint8Array(PIXEL + this.#stride);
    this.#above = new Uint8Array(PIXEL + this.#stride);
    this.#residuals = Array.from({ length: 5 }, () => new Uint8Array(this.#stride));
  }

  /** Filters whole rows, `3 * width` bytes each, into `1 + 3 * width` bytes each: filter number, residuals. */
  apply(rows: Uint8Array): Uint8Array {
    const count = rows.length / this.#stride;
    const filtered = new Uint8Array(count * (1 + this.#stride));
    for (let y = 0; y < count; y++) {
      [this.#row, this.#above] = [this.#above, this.#row];
      this.#row.set(rows.subarray(y * this.#stride, (y + 1) * this.#stride), PIXEL);
      const best = this.#choose();
      const at = y * (1 + this.#stride);
      filtered[at] = best;
      filtered.set(this.#residuals[best]!, at + 1);
    }
    return filtered;
  }

  /** Fills the residuals of all five filters in one pass and names the best. */
  #choose(): number {
    const [row, above] = [this.#row, this.#above];
    const [none, sub, up, average, paeth] = this.#residuals as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    let [sumNone, sumSub, sumUp, sumAverage, sumPaeth] = [0, 0, 0, 0, 0];
    for (let i = 0; i < this.#stride; i++) {
      const x = row[i + PIXEL]!;
      const a = row[i]!;
      const b = above[i + PIXEL]!;
      const c = above[i]!;
      sumNone += magnitude(none[i] = x);
      sumSub += magnitude(sub[i] = x - a);
      sumUp += magnitude(up[i] = x - b);
      sumAverage += magnitude(average[i] = x - ((a + b) >> 1));
      sumPaeth += magnitude(paeth[i] = x - nearest(a, b, c));
    }
    const sums = [sumNone, sumSub, sumUp, sumAverage, sumPaeth];
    return sums.indexOf(Math.min(...sums));
  }
}

/** Absolute value of the low byte, read as signed. */
function magnitude(residual: number): number {
  return Math.abs((residual << 24) >> 24);
}

/** The Paeth predictor (section 9.4): which of left, above and above-left is nearest to `a + b - c`, ties in that order. */
export function nearest(a: number, b: number, c: number): number {
  const pa = Math.abs(b - c);
  const pb = Math.abs(a - c);
  const pc = Math.abs(a + b - 2 * c);
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}
