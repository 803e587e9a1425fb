/**
 * How well a model does its tasks, in numbers: `deno task quality`. The 64 pictures of held_out.png are combinations of objects,
 * styles and backgrounds that training leaves out (training/latentd_training/emoji/held_out.py).
 *
 * @module
 */
import { parseArgs } from "node:util";
import { findModels } from "../../models/catalog.ts";
import { readModelInfo } from "../../models/model_info.ts";
import { flatten } from "../../pipeline/images/flatten.ts";
import { readImage } from "../../pipeline/images/read/read_image.ts";
import { crop } from "../../pipeline/images/regions/crop.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { table } from "../table.ts";
import { layouts } from "./layouts.ts";
import { openMake } from "./make.ts";
import { inpainting, outpainting } from "./seams.ts";
import { superResolution } from "./super_resolution.ts";

/** Width and height of each picture of the sheet. */
const SIDE = 128;
/** How many of them are in- and outpainted. */
const FEW = 16;

const { values } = parseArgs({
  options: { model: { type: "string" }, device: { type: "string", default: "cpu" } },
});
const model = values.model === undefined ? (await findModels())[0]! : await readModelInfo(values.model);
const sheet = flatten(await readImage(await Deno.readFile(new URL("held_out.png", import.meta.url))));
const pictures = Array.from({ length: (sheet.width / SIDE) * (sheet.height / SIDE) }, (_, i) => {
  const [column, row] = [i % (sheet.width / SIDE), Math.floor(i / (sheet.width / SIDE))];
  return crop(sheet, { x: column * SIDE, y: row * SIDE, width: SIDE, height: SIDE });
});
// Each kind of held-out picture has its share.
const few = pictures.filter((_, i) => i % (pictures.length / FEW) === 0);

await using opened = await openMake(model, values.device as DeviceName);
const rows = [
  ...await superResolution(pictures, opened.make),
  ...await layouts(opened.make),
  ...await outpainting(few, opened.make),
  ...await inpainting(few, opened.make),
];
console.log(`${model.name} ${model.hash}, ${model.defaults.steps} steps\n`);
console.log(table(["", "model", "beside"], rows));
