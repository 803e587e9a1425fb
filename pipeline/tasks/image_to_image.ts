import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import { fromPixels } from "../images/pixels.ts";
import type { RequestOf } from "../request/request.ts";
import { combine } from "./start/combine.ts";
import { textConditions } from "./start/conditions.ts";
import { encodePicture } from "./start/encode_picture.ts";
import type { Prepared } from "./mod.ts";
import { startNoise } from "./start/start_noise.ts";

/**
 * Image-to-image: the picture's latents with as much noise as the first step that is done expects (SDEdit, Meng et al. 2022).
 * Each source first draws the sample of the posterior, then the noise, as diffusers' `StableDiffusionImg2ImgPipeline` does.
 */
export async function imageToImage(
  request: RequestOf<"image-to-image">,
  model: Model,
  device: Device,
): Promise<Prepared> {
  const conditions = await textConditions(request, model, device);
  const picture = { ...request.image, planes: fromPixels(request.image) };
  return {
    notices: conditions.notices,
    async start(images, sources, { steps }) {
      using original = await encodePicture(picture, model, sources, device);
      using noise = startNoise(request, model.info, images, sources, device);
      const { signal, noise: amount } = steps[0]!.level;
      const latents = combine(device, original, noise, { x: signal, y: amount });
      return { latents, ...await conditions.rows(images) };
    },
    [Symbol.dispose]: () => conditions[Symbol.dispose](),
  };
}
