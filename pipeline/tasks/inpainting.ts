import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import { elements, type Latents, type Tensor } from "../../runtime/tensor.ts";
import { latentMask, type Mask } from "../images/mask.ts";
import { paste } from "../images/regions/paste.ts";
import { pasteRegion } from "../images/regions/paste_region.ts";
import { fromPixels } from "../images/pixels.ts";
import type { RandomSource } from "../random/random.ts";
import type { RequestOf } from "../request/request.ts";
import { combine } from "./start/combine.ts";
import { concatChannels } from "./start/concat_channels.ts";
import { textConditions } from "./start/conditions.ts";
import { encodePicture, type Picture } from "./start/encode_picture.ts";
import type { Keep, Prepared } from "./mod.ts";
import { startNoise } from "./start/start_noise.ts";

/**
 * Inpainting: a model that was trained for it gets mask and masked latents concatenated (the paper's section 4.5); any other
 * gets the rest of the picture put back after each step. What the mask keeps is the given picture's, byte for byte.
 *
 * Each source draws in the order of diffusers' `StableDiffusionInpaintPipeline`: sample of the posterior if the picture's
 * latents are needed, noise, sample of the masked picture's posterior.
 */
export async function inpainting(request: RequestOf<"inpainting">, model: Model, device: Device): Promise<Prepared> {
  const { concat, factor } = model.info;
  const part = concat.find(({ name }) => name === "masked_image_latents");
  const maskPart = concat.find(({ name }) => name === "mask");
  const isTrained = part !== undefined;
  const hidesLatents = part?.hides === "latents";
  const isPureNoise = request.strength === 1;
  // A soft edge is for the pixels; latents are filled or stay.
  const hole = { ...request.mask, data: request.mask.data.map((value) => value > 0 ? 255 : 0) };
  const holes = latentMask(hole, factor, maskPart?.interpolation);
  const picture = { ...request.image, planes: fromPixels(request.image) };
  const conditions = await textConditions(request, model, device);

  /** [1 or B, 1, h, w], with these numbers where the picture stays and where it is filled. */
  function maskTensor(batch: number, [kept, filled]: readonly [number, number]): Tensor<"B 1 h w"> {
    const one = Array.from(holes.data, (hole) => kept + hole * (filled - kept));
    return device.upload("B 1 h w", [batch, ...holes.dims.slice(1)], Float32Array.from(Array(batch).fill(one).flat()));
  }

  async function maskedLatents(original: Latents | undefined, sources: readonly RandomSource[]): Promise<Latents> {
    if (!hidesLatents) {
      const latents = await encodePicture(masked(picture, hole, part?.fill), model, sources, device);
      if (part?.scaled !== false) return latents;
      using normalised = latents;
      return device.feed(normalised, { channels: model.autoencoder.normalisation });
    }
    using mask = maskTensor(sources.length, [0, 1]);
    using nothing = device.feed(original!, { rows: sources.map(() => 0) });
    return device.mix(nothing, original!, mask);
  }

  return {
    notices: conditions.notices,
    async start(images, sources, { steps, initialNoise }) {
      using kept = new DisposableStack();
      const needsOriginal = !isTrained || hidesLatents || !isPureNoise;
      const original = needsOriginal ? kept.use(await encodePicture(picture, model, sources, device)) : undefined;
      const noise = kept.use(startNoise(request, model.info, images, sources, device));
      const { level } = steps[0]!;
      const latents = isPureNoise
        ? device.feed(noise, { rows: images.map(() => initialNoise) })
        : combine(device, original!, noise, { x: level.signal, y: level.noise });
      const rows = await conditions.rows(images);
      if (isTrained) {
        using masked_image_latents = await maskedLatents(original, sources);
        using mask = maskTensor(1, maskPart?.values ?? [0, 1]);
        const tensors = { mask, masked_image_latents };
        return { latents, ...rows, concat: concatChannels(device, concat, tensors, images.length) };
      }
      kept.move();
      // diffusers encodes the masked picture for these models, too: its noise comes before that of the steps.
      if (model.autoencoder.samples) { for (const source of sources) source.normals(elements(noise.dims.slice(1))); }
      const keep: Keep = { original: original!, noise, mask: maskTensor(images.length, [0, 1]) };
      return { latents, ...rows, keep };
    },
    finish: (image) => request.paste ? pasteRegion(image, request.paste) : paste(image, request.image, request.mask),
    [Symbol.dispose]: () => conditions[Symbol.dispose](),
  };
}

/** The picture with what is to be filled hidden: by 0, the middle of what an autoencoder sees, as diffusers has it. */
function masked(picture: Picture, mask: Mask, fill = 0): Picture {
  const planes = picture.planes.map((value, i) => mask.data[i % mask.data.length]! > 0 ? fill : value);
  return { ...picture, planes };
}
