import type { Device } from "../runtime/device.ts";
import { memoryLimits } from "../runtime/memory_limits.ts";
import { oneAtATime } from "../runtime/one_at_a_time.ts";
import { type AutoencoderOptions, openAutoencoder } from "./autoencoder.ts";
import { openConditioners } from "./conditioners/conditioners.ts";
import type { Autoencoder, Conditioners, Denoiser } from "./components.ts";
import { type DenoiserOptions, openDenoiser } from "./denoiser.ts";
import { asOpened } from "./graphs/as_opened.ts";
import { type MemoryPlan, type MemorySetting, planMemory } from "./memory/memory_plan.ts";
import { type ModelInfo, readModelInfo } from "./model_info.ts";

/** How a model is opened. */
export interface ModelOptions extends DenoiserOptions, AutoencoderOptions {
  /** `low` holds one graph at a time; `auto`, which does so where all together would not fit, if absent. */
  readonly memory?: MemorySetting;
}

/** A latent-diffusion model whose graphs are loaded on a device. */
export interface Model extends AsyncDisposable {
  readonly info: ModelInfo;
  /** How it is held. */
  readonly plan: MemoryPlan;
  readonly conditioners: Conditioners;
  readonly denoiser: Denoiser;
  readonly autoencoder: Autoencoder;
}

/**
 * Loads a model; the biggest graph first, while the runtime's heap is in one piece.
 *
 * @param model a folder, or what was read of it before
 * @throws {Error} with the file's name if a part is missing or cannot be loaded; nothing stays loaded then
 * @throws {RangeError} before anything is loaded if it cannot fit, with the figures and what would do
 */
export async function openModel(
  model: string | ModelInfo,
  device: Device,
  options: ModelOptions = {},
): Promise<Model> {
  await using parts = new AsyncDisposableStack();
  const info = typeof model === "string" ? await readModelInfo(model) : model;
  const { folder } = info;
  const limits = options.limits ?? await memoryLimits(device.name);
  const fitting = await planMemory(info.name, folder, device.name, limits);
  const plan = options.memory === "low" ? "one at a time" : fitting;
  const same = await asOpened(info, device);
  const place = plan === "one at a time" ? oneAtATime(same) : same;
  const denoiser = parts.use(await openDenoiser(folder, place, options));
  const conditioners = parts.use(await openConditioners(info, place));
  const autoencoder = parts.use(await openAutoencoder(folder, place, options));
  const opened = parts.move();
  return { info, plan, denoiser, conditioners, autoencoder, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
