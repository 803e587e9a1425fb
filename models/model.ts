import type { Device } from "../runtime/device.ts";
import { openAutoencoder } from "./autoencoder.ts";
import { openConditioners } from "./conditioners/conditioners.ts";
import type { Autoencoder, Conditioners, Denoiser } from "./components.ts";
import { type DenoiserOptions, openDenoiser } from "./denoiser.ts";
import { type ModelInfo, readModelInfo } from "./model_info.ts";

/** A latent-diffusion model whose graphs are loaded on a device. */
export interface Model extends AsyncDisposable {
  readonly info: ModelInfo;
  readonly conditioners: Conditioners;
  readonly denoiser: Denoiser;
  readonly autoencoder: Autoencoder;
}

/**
 * Loads a model; the biggest graph first, while the runtime's heap is in one piece.
 *
 * @param model a folder, or what was read of it before
 * @throws {Error} with the file's name if a part is missing or cannot be loaded; nothing stays loaded then
 */
export async function openModel(
  model: string | ModelInfo,
  device: Device,
  options: DenoiserOptions = {},
): Promise<Model> {
  await using parts = new AsyncDisposableStack();
  const info = typeof model === "string" ? await readModelInfo(model) : model;
  const { folder } = info;
  const denoiser = parts.use(await openDenoiser(folder, device, options));
  const conditioners = parts.use(await openConditioners(info, device));
  const autoencoder = parts.use(await openAutoencoder(folder, device));
  const opened = parts.move();
  return { info, denoiser, conditioners, autoencoder, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
