import type { ModelInfo } from "../../models/model_info.ts";

/** A model as tests of requests want it: sizes that differ, defaults that are not zero. */
export const MODEL: ModelInfo = {
  name: "emoji-128",
  folder: "/models/emoji-128",
  hash: "0123456789",
  created: 1_700_000_000,
  channels: 4,
  factor: 8,
  sizeMultiple: 16,
  size: { min: 64, max: 256 },
  tasks: ["text-to-image", "image-to-image", "inpainting", "class-conditional", "layout-to-image"],
  maxTokens: 24,
  classes: ["other", "mammals", "food & drink"],
  maxObjects: 3,
  concat: [],
  defaults: { width: 128, height: 96, steps: 20, guidance: 4, scheduler: "DDIMScheduler" },
  schedulerConfig: {},
};
