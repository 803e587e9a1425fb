import type { Model } from "../../../models/model.ts";
import type { Device } from "../../../runtime/device.ts";
import type { Latents } from "../../../runtime/tensor.ts";
import type { GenerationRequest } from "../../request/request.ts";
import type { Conditions } from "./conditions.ts";
import type { Prepared } from "../mod.ts";
import { startNoise } from "./start_noise.ts";

/**
 * What tasks share that start from pure noise.
 *
 * @param concat makes what is concatenated to the latents of so many pictures, [B, C′, h, w]
 */
export function fromNoise(
  request: GenerationRequest,
  conditions: Conditions,
  model: Model,
  device: Device,
  concat?: (batch: number) => Latents,
): Prepared {
  return {
    notices: conditions.notices,
    async start(images, sources, { initialNoise }) {
      using noise = startNoise(request, model.info, images, sources, device);
      const rows = await conditions.rows(images);
      const latents = device.feed(noise, { rows: images.map(() => initialNoise) });
      return { latents, ...rows, ...(concat && { concat: concat(images.length) }) };
    },
    [Symbol.dispose]: () => conditions[Symbol.dispose](),
  };
}
