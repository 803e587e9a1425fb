import { findModels } from "../../models/catalog.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";

/** The built-in model. */
export const [INFO] = await findModels();

/** A request to it of four evaluations with guidance. */
export const APPLE: GenerationRequest = {
  task: "text-to-image",
  model: INFO!.name,
  prompt: "red apple",
  negative_prompt: "",
  emphasis: true,
  seed: 7,
  steps: 4,
  guidance: 4,
  eta: 0,
  rng: "torch",
  width: INFO!.defaults.width,
  height: INFO!.defaults.height,
  scheduler: "ddim",
  count: 1,
};
