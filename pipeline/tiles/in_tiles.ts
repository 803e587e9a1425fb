import type { ModelInfo } from "../../models/model_info.ts";
import type { Generate } from "../generation.ts";
import { type GenerateFrom, tiledPicture } from "./tiled_picture.ts";
import { gridSize, tileCount } from "./tile_grid.ts";

/**
 * Lets super-resolution make pictures of any size: each tile is a request of its own with its window of one field of noise,
 * and what was padded is cut off. Requests of one tile that fits, and other tasks, go through as they are.
 */
export function inTiles(generate: GenerateFrom, model: ModelInfo): Generate {
  return (request, options) => {
    if (request.task !== "super-resolution") return generate(request, options);
    const { width, height } = gridSize(request.tiles);
    const fits = tileCount(request.tiles) === 1 && width === request.width && height === request.height;
    if (fits) return generate(request, options);
    return (async function* () {
      let timings = { text: 0, denoise: 0, decode: 0 };
      for (let image = 0; image < request.count; image++) {
        for await (const event of tiledPicture({ request, image, options, generate, model, timings })) {
          // All pictures find the same worth knowing.
          if (event.type === "notice" && image > 0) continue;
          yield event;
          if (event.type === "image") timings = event.timings;
        }
      }
    })();
  };
}
