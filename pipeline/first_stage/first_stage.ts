import { openAutoencoder } from "../../models/autoencoder.ts";
import { refuseUntrusted } from "../../models/check/refuse_untrusted.ts";
import type { Autoencoder } from "../../models/components.ts";
import { oneAtATime } from "../../runtime/one_at_a_time.ts";
import { openDevice } from "../../runtime/open.ts";
import type { Device } from "../../runtime/device.ts";
import { decodePicture } from "./decode_picture.ts";
import { fromPixels, type Pixels } from "../images/pixels.ts";
import type { NpyArray } from "../npy.ts";
import { TorchGenerator } from "../random/random.ts";
import type { OpenOptions } from "../worker/worker_messages.ts";

/** The first stage of a model on its own: the paper's E and D (section 3.1). */
export interface FirstStage extends AsyncDisposable {
  /** Down-sampling factor f: widths and heights of pictures are its multiples. */
  readonly factor: number;
  /** Latent channels C. */
  readonly channels: number;
  /**
   * A picture's latents [1, C, H/f, W/f], normalised as the denoiser sees them.
   *
   * @param seed chooses a sample of the KL posterior; its mean if absent, which is all that VQ has
   */
  encode(picture: Pixels, seed?: number): Promise<NpyArray>;
  /**
   * The picture of latents [1, C, h, w]; VQ takes the nearest entry of its codebook for each.
   *
   * @param tell takes what the caller should know about the picture
   */
  decode(latents: NpyArray, tell: (notice: string) => void): Promise<Pixels>;
}

/**
 * Opens a device and loads the first stage of a model on it, in the calling thread.
 *
 * @param tell takes what is being done, for people
 * @throws {Error} that names the device or file if either cannot be opened, or if the model computes wrongly on the device and
 * the options have it checked; nothing stays open then
 */
export async function openFirstStage(
  { model, device: name, ...options }: OpenOptions,
  tell: (text: string) => void = () => {},
): Promise<FirstStage> {
  await using parts = new AsyncDisposableStack();
  const device = parts.use(await openDevice(name, options));
  await refuseUntrusted(model, device, options, tell);
  const place = options.memory === "low" ? oneAtATime(device) : device;
  const autoencoder = parts.use(await openAutoencoder(model.folder, place, options));
  const opened = parts.move();
  return {
    factor: autoencoder.factor,
    channels: autoencoder.channels,
    encode: (picture, seed) => encode(picture, seed, autoencoder, device),
    decode: (latents, tell) => decode(latents, autoencoder, device, tell),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function encode(
  picture: Pixels,
  seed: number | undefined,
  { factor, channels, encode }: Autoencoder,
  device: Device,
): Promise<NpyArray> {
  const { width, height } = picture;
  const count = channels * (width / factor) * (height / factor);
  using image = device.upload("B 3 H W", [1, 3, height, width], fromPixels(picture));
  using latents = await encode(image, seed === undefined ? undefined : [new TorchGenerator(seed).normals(count)]);
  return { dims: latents.dims, data: await latents.read() };
}

async function decode(
  { dims, data }: NpyArray,
  autoencoder: Autoencoder,
  device: Device,
  tell: (notice: string) => void,
): Promise<Pixels> {
  using latents = device.upload("B C h w", dims, data);
  return await decodePicture(latents, autoencoder, tell);
}
