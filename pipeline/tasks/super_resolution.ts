import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import { backProject } from "../images/back_project.ts";
import { fromPixels } from "../images/pixels.ts";
import type { RequestOf } from "../request/request.ts";
import { concatChannels } from "./start/concat_channels.ts";
import { textConditions } from "./start/conditions.ts";
import { fromNoise } from "./start/from_noise.ts";
import type { Prepared } from "./mod.ts";

/**
 * Super-resolution: pure noise, and the low-resolution picture concatenated to it (the paper's section 4.4); where it has
 * more pixels than the latents, blocks of them are channels (`pixel_unshuffle` of PyTorch).
 */
export async function superResolution(
  request: RequestOf<"super-resolution">,
  model: Model,
  device: Device,
): Promise<Prepared> {
  const { concat, factor } = model.info;
  const { image } = request;
  const block = image.width * factor / request.width;
  const dims = [1, 3 * block ** 2, image.height / block, image.width / block];
  const channels = unshuffle(fromPixels(image), image.width, image.height, block);
  const conditions = await textConditions(request, model, device);
  const prepared = fromNoise(request, conditions, model, device, (batch) => {
    using low_resolution = device.upload("B C h w", dims, channels);
    return concatChannels(device, concat, { low_resolution }, batch);
  });
  return { ...prepared, finish: (picture) => backProject(picture, image, request.back_projection) };
}

/** [3, H, W] to [3·r², H/r, W/r]: channel c·r² + i·r + j holds pixel (i, j) of every block of r by r pixels. */
function unshuffle(image: Float32Array, width: number, height: number, r: number): Float32Array {
  const out = new Float32Array(image.length);
  const [h, w] = [height / r, width / r];
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const channel = (c * r + y % r) * r + x % r;
        out[(channel * h + Math.floor(y / r)) * w + Math.floor(x / r)] = image[(c * height + y) * width + x]!;
      }
    }
  }
  return out;
}
