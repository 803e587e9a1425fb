import { decode } from "fast-png";
import { fileURLToPath } from "node:url";
import type { Pixels } from "../../pipeline/images/pixels.ts";

/** Where tests/models/README.md lies, which says what a case is. */
export const MODELS = fileURLToPath(new URL("../models/", import.meta.url));

/** A request, and the pictures that diffusers made for it. */
export interface FamilyCase {
  readonly name: string;
  /** Name of the folder. */
  readonly model: string;
  readonly request: Readonly<Record<string, unknown>>;
  /** Fields in which the scheduler's config differs from the folder's. */
  readonly scheduler_config?: Readonly<Record<string, unknown>>;
  readonly expected: readonly string[];
  /** Largest difference of any channel, of 255. */
  readonly tolerance: number;
}

/** All cases, by model. */
export async function readCases(): Promise<ReadonlyMap<string, readonly FamilyCase[]>> {
  const cases: readonly FamilyCase[] = JSON.parse(await Deno.readTextFile(`${MODELS}cases.json`));
  return Map.groupBy(cases, ({ model }) => model);
}

/** The body of the request: file names replaced by the files' bytes. */
export async function bodyOf({ request }: FamilyCase): Promise<Readonly<Record<string, unknown>>> {
  const files = ["image", "mask"].filter((field) => request[field] !== undefined);
  const bytes = await Promise.all(files.map(async (field) => [field, await Deno.readFile(inputOf(request[field]))]));
  return { ...request, ...Object.fromEntries(bytes) };
}

/**
 * The picture to expect: diffusers', and where a mask keeps it the given one, which latentd puts back byte for byte.
 *
 * @param index which picture of the request
 */
export async function expectedOf({ request, expected }: FamilyCase, index: number): Promise<Pixels> {
  const made = await readPicture(`${MODELS}expected/${expected[index]}`);
  if (request["mask"] === undefined) return made;
  const [given, mask] = await Promise.all(["image", "mask"].map((field) => readPicture(inputOf(request[field]))));
  const data = made.data.map((value, i) => mask!.data[i]! >= 128 ? value : given!.data[i]!);
  return { ...made, data };
}

/** The largest difference of any channel of any pixel. */
export function furthest(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(`Picture is ${a.width}x${a.height}; it must be ${b.width}x${b.height}`);
  }
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

const inputOf = (name: unknown) => `${MODELS}inputs/${name}`;

/** Grey pictures become RGB. */
async function readPicture(file: string): Promise<Pixels> {
  const { width, height, channels, data } = decode(await Deno.readFile(file));
  const rgb = Uint8Array.from(
    { length: 3 * width * height },
    (_, i) => data[Math.floor(i / 3) * channels + (channels < 3 ? 0 : i % 3)]!,
  );
  return { width, height, data: rgb };
}
