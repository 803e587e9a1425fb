import { refuseUntrusted } from "../models/check/refuse_untrusted.ts";
import { openModel } from "../models/model.ts";
import { openDevice } from "../runtime/open.ts";
import type { DeviceLostError } from "../runtime/device_lost_error.ts";
import { createGenerate } from "./generate.ts";
import type { Generate } from "./generation.ts";
import { inTiles } from "./tiles/in_tiles.ts";
import type { Opened, OpenOptions } from "./worker/worker_messages.ts";

/** A model that is ready to generate. */
export interface Generator extends Opened, AsyncDisposable {
  readonly generate: Generate;
  /** Why nothing works here any more, once device or thread are gone; only a new one helps. Jobs under way throw it, too. */
  readonly lost: Promise<DeviceLostError>;
}

/**
 * Opens a device and loads a model on it, in the calling thread, which cannot do much else while a graph runs.
 *
 * @param tell takes what is being done, for people
 * @throws {Error} that names the device or file if either cannot be opened, or if the model computes wrongly on the device and
 * the options have it checked; nothing stays open then
 */
export async function openGenerator(
  { model: info, device: name, ...options }: OpenOptions,
  tell: (text: string) => void = () => {},
): Promise<Generator> {
  await using parts = new AsyncDisposableStack();
  const device = parts.use(await openDevice(name, options));
  await refuseUntrusted(info, device, options, tell);
  const model = parts.use(await openModel(info, device, options));
  const opened = parts.move();
  return {
    device: { name: device.name, description: device.description },
    model: model.info,
    plan: model.plan,
    generate: inTiles(createGenerate(model, device), model.info),
    lost: device.lost ?? new Promise(() => {}),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
