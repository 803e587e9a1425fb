/** A picture whose rows arrive in bands from top to bottom, as a tiled decoder delivers them. */
export interface Bands {
  /** Columns. */
  readonly width: number;
  /** Rows of all bands together. */
  readonly height: number;
  /** RGB, row-major, whole rows of `3 * width` bytes; a band's memory may be used again once the next is asked for. */
  readonly bands: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Cuts a picture's bands into views of at most `bytes` bytes, but at least one row. Asks for a band only when the one
 * before is used up.
 *
 * @throws RangeError at a band that is empty, is not whole rows or goes past the last row, and where rows are missing
 */
export async function* cutBands(
  { width, height, bands }: Bands,
  bytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  const stride = 3 * width;
  const step = stride * Math.max(1, Math.floor(bytes / stride));
  let [index, rows] = [0, 0];
  for await (const band of bands) {
    if (band.length === 0 || band.length % stride !== 0) {
      throw new RangeError(`Band ${index} holds ${band.length} bytes; expected whole rows of ${stride} bytes`);
    }
    rows += band.length / stride;
    if (rows > height) {
      throw new RangeError(`Band ${index} ends at row ${rows}; expected no more than the picture's ${height} rows`);
    }
    for (let at = 0; at < band.length; at += step) yield band.subarray(at, at + step);
    index++;
  }
  if (rows < height) throw new RangeError(`Bands ended after ${rows} rows; expected the picture's ${height} rows`);
}
