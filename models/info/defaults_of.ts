import type { Config } from "../folder.ts";
import type { TextKind } from "./family.ts";

/** Steps and scale of guidance that a request gets that does not say otherwise. */
export interface SamplingDefaults {
  readonly steps: number;
  readonly guidance: number;
}

/** Schedulers that were made for distilled models. */
const DISTILLED = ["LCMScheduler", "TCDScheduler"];

/**
 * Defaults by what the configs tell:
 * - a UNet with `time_cond_proj_dim` was distilled with guidance (LCM): 4 steps, scale 8.5, as diffusers' pipeline has;
 * - a scheduler of distilled models, or an Euler scheduler whose timesteps are `trailing` and start at less than pure noise, as
 *   Turbo models come with: 4 steps without guidance;
 * - anything else: 20 steps, and the scale of diffusers' pipelines, 5 for SDXL, 7.5 with other text encoders, 3 for classes.
 */
export function samplingDefaults(
  unet: Config,
  scheduler: Config,
  text: TextKind | undefined,
  classes: boolean,
): SamplingDefaults {
  if (unet.has("time_cond_proj_dim")) return { steps: 4, guidance: 8.5 };
  if (isDistilled(scheduler)) return { steps: 4, guidance: 1 };
  if (text === "clip-pair") return { steps: 20, guidance: 5 };
  if (text !== undefined) return { steps: 20, guidance: 7.5 };
  return classes ? { steps: 20, guidance: 3 } : { steps: 20, guidance: 1 };
}

function isDistilled({ fields }: Config): boolean {
  const name = String(fields["_class_name"]);
  if (DISTILLED.includes(name)) return true;
  const isTrailing = fields["timestep_spacing"] === "trailing" && fields["rescale_betas_zero_snr"] !== true;
  return name.startsWith("Euler") && isTrailing && fields["prediction_type"] !== "v_prediction";
}
