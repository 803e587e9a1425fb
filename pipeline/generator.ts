import { openModel } from "../models/model.ts";
import { openDevice } from "../runtime/open.ts";
import { createGenerate } from "./generate.ts";
import type { Generate } from "./generation.ts";
import { inTiles } from "./tiles/in_tiles.ts";
import type { Opened, OpenOptions } from "./worker/worker_messages.ts";

/** A model that is ready to generate. */
export interface Generator extends Opened, AsyncDisposable {
  readonly generate: Generate;
}

/**
 * Opens a device and loads a model on it, in the calling thread, which cannot do much else while a graph runs.
 *
 * @throws {Error} that names the device or file if either cannot be opened; nothing stays open then
 */
export async function openGenerator({ folder, device: name, ...options }: OpenOptions): Promise<Generator> {
  await using parts = new AsyncDisposableStack();
  const device = parts.use(await openDevice(name, options));
  const model = parts.use(await openModel(folder, device));
  const opened = parts.move();
  return {
    device: { name: device.name, description: device.description },
    model: model.info,
    generate: inTiles(createGenerate(model, device), model.info),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
