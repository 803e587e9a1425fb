import type { ModelInfo } from "../../models/model_info.ts";
import { SAMPLER_LABELS, SCHEDULE_LABELS } from "../../pipeline/schedulers/a1111_names.ts";
import { titleOf } from "./settings.ts";
import { UPSCALERS } from "./upscalers.ts";

/** Lists that clients ask for first, by the last part of the path; what is not there here is an empty list. */
export const LISTS: Readonly<Record<string, (models: readonly ModelInfo[]) => unknown>> = {
  samplers: () => Object.entries(SAMPLER_LABELS).map(([own, name]) => ({ name, aliases: [own], options: {} })),
  schedulers: () => [
    scheduler("automatic", "Automatic"),
    ...Object.entries(SCHEDULE_LABELS).map(([name, label]) => scheduler(name, label)),
  ],
  "sd-models": (models) =>
    models.map((model) => ({
      title: titleOf(model),
      model_name: model.name,
      hash: model.hash,
      sha256: null,
      filename: model.name, // folders are nobody's business
      config: null,
    })),
  upscalers: (models) => [
    ...Object.keys(UPSCALERS).map((name) => upscaler(name, null, 4)),
    ...models.filter(({ upscaling }) => upscaling !== undefined).map(({ name, upscaling }) =>
      upscaler(name, name, upscaling!)
    ),
  ],
  "latent-upscale-modes": () => [],
  "sd-vae": () => [],
  loras: () => [],
  hypernetworks: () => [],
  "face-restorers": () => [],
  "realesrgan-models": () => [],
  "prompt-styles": () => [],
  embeddings: () => ({ loaded: {}, skipped: {} }),
  scripts: () => ({ txt2img: [], img2img: [] }),
  "script-info": () => [],
  "cmd-flags": () => ({ api: true, nowebui: true }),
  // AUTOMATIC1111's own answer where it cannot tell; the server may not look at the machine.
  memory: () => ({ ram: { error: "unavailable" }, cuda: { error: "unavailable" } }),
};

function scheduler(name: string, label: string) {
  return { name, label, aliases: null, default_rho: name === "karras" ? 7 : -1, need_inner_model: false };
}

function upscaler(name: string, model_name: string | null, scale: number) {
  return { name, model_name, model_path: null, model_url: null, scale };
}
