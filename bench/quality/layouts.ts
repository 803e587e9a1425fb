import type { Pixels } from "../../pipeline/images/pixels.ts";
import type { Make } from "./make.ts";
import { hsv } from "./measures.ts";

/** Hues of objects, in degrees, and objects that have them. */
const COLOURS: Readonly<
  Record<string, { readonly hues: readonly [number, number]; readonly objects: readonly string[] }>
> = {
  red: { hues: [340, 375], objects: ["red apple", "red heart", "strawberry"] },
  yellow: { hues: [38, 65], objects: ["banana", "lemon", "star"] },
  green: { hues: [75, 165], objects: ["green apple", "broccoli", "frog"] },
  blue: { hues: [190, 250], objects: ["blue heart", "blue book", "whale"] },
};
const [LEFT, RIGHT, TOP, BOTTOM] = [[0, 0.2, 0.5, 0.8], [0.5, 0.2, 1, 0.8], [0.2, 0, 0.8, 0.5], [0.2, 0.5, 0.8, 1]];
const PLACES = [[LEFT, RIGHT], [TOP, BOTTOM]] as const;

/** An object is in its box if so much of its colour in the picture is … */
const SHARE_OF_COLOUR = 0.6;
/** … and it covers so much of the box. */
const SHARE_OF_BOX = 0.06;

/**
 * Layouts of two objects of different colours: the share of objects that are in their box by the colour of pixels. A pixel has
 * an object's colour if its hue is in the object's range, its saturation at least 0.4 and its value at least 0.3.
 */
export async function layouts(make: Make): Promise<readonly (readonly string[])[]> {
  const names = Object.keys(COLOURS);
  let [inside, seed] = [0, 0];
  for (const first of names) {
    for (const second of names.filter((name) => name !== first)) {
      for (const places of PLACES) {
        const objects = [first, second].map((colour, i) => {
          const { objects } = COLOURS[colour]!;
          return { text: objects[seed % objects.length]!, box: places[i]! };
        });
        const picture = await make({ boxes: objects, seed });
        inside += [first, second].filter((colour, i) => isInside(picture, colour, places[i]!)).length;
        seed++;
      }
    }
  }
  return [[
    "layout-to-image, objects in their box",
    `${(100 * inside / (2 * seed)).toFixed(0)} %`,
    `${2 * seed} objects`,
  ]];
}

function isInside(
  { width, height, data }: Pixels,
  colour: string,
  [left, top, right, bottom]: readonly number[],
): boolean {
  const [low, high] = COLOURS[colour]!.hues;
  let [inside, all] = [0, 0];
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [hue, saturation, value] = hsv(data[3 * pixel]!, data[3 * pixel + 1]!, data[3 * pixel + 2]!);
    if (saturation < 0.4 || value < 0.3 || !((hue >= low && hue <= high) || hue + 360 <= high)) continue;
    const [x, y] = [pixel % width / width, Math.floor(pixel / width) / height];
    all++;
    if (x >= left! && x < right! && y >= top! && y < bottom!) inside++;
  }
  return inside >= SHARE_OF_COLOUR * all &&
    inside >= SHARE_OF_BOX * (right! - left!) * (bottom! - top!) * width * height;
}
