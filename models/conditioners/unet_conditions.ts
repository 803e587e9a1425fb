import type { Device } from "../../runtime/device.ts";
import type { Conditioner, Conditioning, ConditioningOptions } from "../components.ts";
import type { Config } from "../folder.ts";
import { guidanceEmbedding } from "./guidance_embedding.ts";

/**
 * Adds what some UNets are told beside the prompts: sizes (SDXL), the scale of guidance (LCM).
 *
 * @param unet its config
 */
export function withUnetConditions<C extends Conditioner<string>>(conditioner: C, unet: Config, device: Device): C {
  const takesSizes = unet.has("addition_embed_type") && unet.string("addition_embed_type") === "text_time";
  const guidanceWidth = unet.has("time_cond_proj_dim") ? unet.number("time_cond_proj_dim") : undefined;
  if (!takesSizes && guidanceWidth === undefined) return conditioner;

  function conditions(rows: number, { width, height, guidance }: ConditioningOptions): Conditioning {
    const table = (row: ArrayLike<number>) => {
      const numbers = Array.from({ length: rows }, () => [...Array.from(row)]).flat();
      return device.upload("B N", [rows, row.length], Float32Array.from(numbers));
    };
    return {
      // Original size, top left corner of the crop, target size: as if the picture was never scaled or cropped.
      ...(takesSizes && { sizes: table([height, width, 0, 0, height, width]) }),
      ...(guidanceWidth !== undefined && { guidance: table(guidanceEmbedding(guidance, guidanceWidth)) }),
    };
  }
  return {
    ...conditioner,
    async encode(prompts, options) {
      const { given, cut } = await conditioner.encode(prompts, options);
      return { given: { ...given, ...conditions(prompts.length, options) }, cut };
    },
  };
}
