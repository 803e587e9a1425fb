import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { readModelInfo } from "./model_info.ts";

/** Configs of a small model, as diffusers names their fields. */
const CONFIGS = {
  "model_index.json": {
    _class_name: "LatentDiffusionPipeline",
    text_encoder: ["transformers", "BertModel"],
    unet: ["diffusers", "UNet2DConditionModel"],
    safety_checker: [null, null],
  },
  "unet/config.json": { sample_size: 12, block_out_channels: [32, 64, 64], in_channels: 4 },
  "vae_decoder/config.json": { latent_channels: 4, block_out_channels: [32, 64, 64, 64], scaling_factor: 0.3 },
  "text_encoder/config.json": { max_length: 77 },
  "scheduler/scheduler_config.json": { _class_name: "PNDMScheduler", beta_start: 0.1 },
};

describe("readModelInfo", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  async function write(change: Partial<Record<keyof typeof CONFIGS, unknown>> = {}): Promise<void> {
    for (const [file, config] of Object.entries({ ...CONFIGS, ...change })) {
      await Deno.mkdir(join(folder, file, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, file), typeof config === "string" ? config : JSON.stringify(config));
    }
  }

  it("takes sizes and defaults from the configs, none by heart", async () => {
    await write();
    expect(await readModelInfo(folder)).toMatchObject({
      folder,
      channels: 4,
      factor: 8,
      sizeMultiple: 32,
      size: { min: 32, max: 384 },
      maxTokens: 77,
      defaults: { width: 96, height: 96, steps: 20, guidance: 7.5, scheduler: "PNDMScheduler" },
      schedulerConfig: { beta_start: 0.1 },
    });
  });

  it("takes what a model says of itself", async () => {
    const latentd = { name: "small", defaults: { steps: 4, guidance: 1 } };
    await write({
      "model_index.json": { ...CONFIGS["model_index.json"], latentd },
      "vae_decoder/config.json": { latent_channels: 3, downsample_factor: 4 },
    });
    expect(await readModelInfo(folder)).toMatchObject({
      name: "small",
      channels: 3,
      factor: 4,
      defaults: { width: 48, height: 48, steps: 4, guidance: 1 },
    });
  });

  it("takes infinite numbers in configs, as Python writes them", async () => {
    const text =
      `{"_class_name": "UniPCMultistepScheduler", "lambda_min_clipped": -Infinity, "note": "NaN, \\"Infinity"}`;
    await write({ "scheduler/scheduler_config.json": text });
    const { schedulerConfig } = await readModelInfo(folder);
    expect(schedulerConfig).toMatchObject({ lambda_min_clipped: -Infinity, note: 'NaN, "Infinity' });
  });

  it("takes a UNet that pools its own context", async () => {
    await write({ "unet/config.json": { ...CONFIGS["unet/config.json"], addition_embed_type: "text" } });
    expect((await readModelInfo(folder)).tasks).toContain("text-to-image");
  });

  describe("defaults", () => {
    const unet = CONFIGS["unet/config.json"];
    const scheduler = (fields: object) => ({ "scheduler/scheduler_config.json": fields });
    for (
      const [name, change, defaults] of [
        ["LCM", { "unet/config.json": { ...unet, time_cond_proj_dim: 256 } }, { steps: 4, guidance: 8.5 }],
        ["LCM's scheduler", scheduler({ _class_name: "LCMScheduler" }), { steps: 4, guidance: 1 }],
        [
          "Turbo",
          scheduler({
            _class_name: "EulerDiscreteScheduler",
            timestep_spacing: "trailing",
            prediction_type: "epsilon",
          }),
          { steps: 4, guidance: 1 },
        ],
        [
          "zero terminal SNR",
          scheduler({
            _class_name: "EulerDiscreteScheduler",
            timestep_spacing: "trailing",
            rescale_betas_zero_snr: true,
          }),
          { steps: 20, guidance: 7.5 },
        ],
      ] as const
    ) {
      it(`are those of ${name}`, async () => {
        await write(change);
        expect((await readModelInfo(folder)).defaults).toMatchObject(defaults);
      });
    }
  });

  describe("refuses, by the pipeline's name and with what runs,", () => {
    const index = CONFIGS["model_index.json"];
    const refusals: readonly (readonly [string, object, object, string])[] = [
      [
        "transformers in place of UNets",
        { unet: null, transformer: ["diffusers", "SD3Transformer2DModel"] },
        {},
        "has a part transformer (SD3Transformer2DModel)",
      ],
      ["priors", { prior: ["diffusers", "PriorTransformer"] }, {}, "has a part prior (PriorTransformer)"],
      ["video", { unet: ["diffusers", "UNet3DConditionModel"] }, {}, "has a UNet3DConditionModel"],
      [
        "variations of pictures",
        { text_encoder: null, image_encoder: ["transformers", "CLIPVisionModelWithProjection"] },
        {},
        "nothing to attend to",
      ],
      ["refiners", { requires_aesthetics_score: true }, {}, "aesthetics score"],
      ["conditions on pictures", {}, { addition_embed_type: "image" }, 'a UNet with addition_embed_type "image"'],
    ];
    for (const [name, parts, unet, message] of refusals) {
      it(name, async () => {
        await write({
          "model_index.json": { ...index, ...parts, _class_name: "OtherPipeline" },
          "unet/config.json": { ...CONFIGS["unet/config.json"], ...unet },
        });
        const refusal = expect(readModelInfo(folder)).rejects;
        await refusal.toThrow(/^OtherPipeline .*latentd runs Stable Diffusion 1 and 2, SDXL/);
        await expect(readModelInfo(folder)).rejects.toThrow(message);
      });
    }

    it("unknown text encoders", async () => {
      await write({ "model_index.json": { ...index, text_encoder: ["transformers", "T5EncoderModel"] } });
      await expect(readModelInfo(folder)).rejects.toThrow(
        "is T5EncoderModel; it must be one of BertModel, LDMBertModel, CLIPTextModel, CLIPTextModel with",
      );
    });
  });

  it("has another hash for other files", async () => {
    await write();
    const { hash } = await readModelInfo(folder);
    await write({ "scheduler/scheduler_config.json": { _class_name: "PNDMScheduler", beta_start: 0.2 } });
    expect(hash).toMatch(/^[0-9a-f]{10}$/);
    expect((await readModelInfo(folder)).hash).not.toBe(hash);
  });

  it("names what is missing or wrong", async () => {
    await expect(readModelInfo(join(folder, "nowhere"))).rejects.toThrow("nowhere");
    await write({ "unet/config.json": "{" });
    await expect(readModelInfo(folder)).rejects.toThrow("unet/config.json is not JSON");
    await write({ "vae_decoder/config.json": { latent_channels: "4", downsample_factor: 8 } });
    await expect(readModelInfo(folder)).rejects.toThrow("latent_channels in");
  });
});
