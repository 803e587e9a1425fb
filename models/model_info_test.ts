import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { readModelInfo } from "./model_info.ts";

/** Configs of a small model, as diffusers names their fields. */
const CONFIGS = {
  "model_index.json": { _class_name: "LatentDiffusionPipeline", text_encoder: ["transformers", "BertModel"] },
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
    await write({ "model_index.json": { text_encoder: ["transformers", "CLIPTextModel"] } });
    await expect(readModelInfo(folder)).rejects.toThrow(
      "is CLIPTextModel; latentd runs models with a BertModel so far",
    );
    await write({ "model_index.json": { unet: ["diffusers", "UNet2DModel"] } });
    await expect(readModelInfo(folder)).rejects.toThrow("is missing");
  });
});
