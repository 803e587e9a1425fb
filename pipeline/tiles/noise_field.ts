import type { RandomSource } from "../random/random.ts";

/** A part of a picture, in pixels from its upper left corner. */
interface PictureWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The noise of a whole picture, of which each tile sees its window: neighbours agree where they overlap, and nothing depends
 * on the order of the tiles.
 */
export class NoiseField {
  readonly #dims: readonly number[];
  readonly #factor: number;
  readonly #draw: (index: number) => Float32Array;
  /** What was drawn so far, each [C, H, W]: the start noise, then that of the steps where the scheduler adds some. */
  readonly #drawn: Float32Array[] = [];

  /**
   * @param dims of the field, [C, H, W]
   * @param factor pixels of one latent in each direction
   * @param draw gives C·H·W normals; called once for each index, in order
   */
  constructor(dims: readonly number[], factor: number, draw: (index: number) => Float32Array) {
    this.#dims = dims;
    this.#factor = factor;
    this.#draw = draw;
  }

  /** A source that gives, draw by draw, what the field has in a window of whole latents, [C, h, w]. */
  window(window: PictureWindow): RandomSource {
    const [channels, rows, columns] = this.#dims as readonly [number, number, number];
    const [left, top, width, height] = [window.left, window.top, window.width, window.height].map((pixels) =>
      pixels / this.#factor
    ) as [number, number, number, number];
    let index = 0;
    return {
      normals: (count) => {
        if (count !== channels * height * width) {
          throw new RangeError(`Normals to draw are ${count}; expected the ${channels * height * width} of the window`);
        }
        const field = this.#at(index++);
        const part = new Float32Array(count);
        for (let row = 0; row < channels * height; row++) {
          const from = (Math.floor(row / height) * rows + top + row % height) * columns + left;
          part.set(field.subarray(from, from + width), row * width);
        }
        return part;
      },
    };
  }

  #at(index: number): Float32Array {
    while (this.#drawn.length <= index) this.#drawn.push(this.#draw(this.#drawn.length));
    return this.#drawn[index]!;
  }
}
