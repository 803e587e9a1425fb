import type { ModelInfo } from "../../models/model_info.ts";
import { elements } from "../../runtime/tensor.ts";
import type { GenerateOptions, GenerationEvent, Timings } from "../generation.ts";
import type { Pixels } from "../images/pixels.ts";
import { crop } from "../images/regions/crop.ts";
import { padReflect } from "../images/regions/pad_reflect.ts";
import { resize } from "../images/resize.ts";
import { GENERATORS } from "../random/mod.ts";
import type { RandomSource } from "../random/random.ts";
import { blendOf, type GenerationRequest, type RequestOf, seedOf } from "../request/request.ts";
import { latentDims, noiseOf } from "../tasks/start/start_noise.ts";
import { Mosaic } from "./mosaic.ts";
import { NoiseField } from "./noise_field.ts";
import { gridSize, tileCount } from "./tile_grid.ts";

/** Works on a request, with noise from other sources than those of its seeds if given. */
export type GenerateFrom = (
  request: GenerationRequest,
  options: GenerateOptions,
  sourceOf?: (image: number) => RandomSource,
) => AsyncIterable<GenerationEvent>;

type Upscaling = RequestOf<"super-resolution">;

/** One picture to make from tiles. */
interface Work {
  readonly request: Upscaling;
  /** Which of the request's pictures. */
  readonly image: number;
  readonly options: GenerateOptions;
  readonly generate: GenerateFrom;
  readonly model: ModelInfo;
  /** What was spent on the pictures before. */
  readonly timings: Timings;
}

/** Makes one picture tile by tile; its steps are those of all tiles. */
export async function* tiledPicture(work: Work): AsyncGenerator<GenerationEvent> {
  const { request, image, generate, model } = work;
  const { tiles, width, height } = request;
  const canvas = gridSize(tiles);
  const scale = width / request.image.width;
  const low = padReflect(request.image, canvas.width / scale, canvas.height / scale);
  const mosaic = new Mosaic(tiles, resize(low, canvas.width, canvas.height, "bicubic"));
  const field = fieldOf(request, image, model);
  const count = tileCount(tiles);
  // One tile shows itself being made, several what is done of the picture.
  const { previewEvery: every = Infinity, ...others } = work.options;
  const options = count === 1 ? work.options : others;
  const cut = (picture: Pixels) => crop(picture, { x: 0, y: 0, width, height });
  let { timings } = work;
  let [done, previews] = [0, 0];

  for (const [row, top] of tiles.top.entries()) {
    for (const [column, left] of tiles.left.entries()) {
      const { width, height } = tiles;
      const part = crop(low, { x: left / scale, y: top / scale, width: width / scale, height: height / scale });
      const source = () => field.window({ left, top, width, height });
      for await (const event of generate(tileRequest(request, image, part), options, source)) {
        if (event.type === "notice" && done === 0) yield event;
        if (event.type === "image") {
          mosaic.add(event.image, column, row);
          timings = add(timings, event.timings);
        }
        if (event.type === "step") {
          const [step, total] = [done * event.total + event.step, count * event.total];
          const due = step === total ? 0 : Math.min(done, Math.floor(step / (every * count)));
          const preview = event.preview ?? (due > previews ? mosaic.picture() : undefined);
          previews = Math.max(due, previews);
          const shown = preview && { preview: cut(preview) };
          yield { type: "step", images: [image], step, total, ...shown, timings: add(timings, event.timings) };
        }
      }
      done++;
    }
  }
  yield { type: "image", index: image, seed: seedOf(request, image), image: cut(mosaic.picture()), timings };
}

/** One tile as a request of its own; its noise is the field's, which has gone to the second seed already. */
function tileRequest(request: Upscaling, image: number, part: Pixels): Upscaling {
  const { latents: _latents, seed_to: _seed_to, tiles: { width, height }, ...rest } = request;
  const tiles = { width, height, left: [0], top: [0] };
  const alone = { count: 1, seed: seedOf(request, image), blend: blendOf(request, image) };
  return { ...rest, ...alone, image: part, width, height, tiles };
}

/** The start noise of one picture, and what its steps draw after it. */
function fieldOf(request: Upscaling, image: number, model: ModelInfo): NoiseField {
  const dims = latentDims(request, model);
  const length = elements(dims);
  const source = new GENERATORS[request.rng](seedOf(request, image));
  const draw = (index: number) => index === 0 ? noiseOf(request, image, source, length) : source.normals(length);
  return new NoiseField(dims, model.factor, draw);
}

function add(a: Timings, b: Timings): Timings {
  return { text: a.text + b.text, denoise: a.denoise + b.denoise, decode: a.decode + b.decode };
}
