import type { Device } from "../../runtime/device.ts";
import type { Box, Conditioner, Conditioners } from "../components.ts";
import { readUnet } from "../info/part_configs.ts";
import type { ModelInfo } from "../model_info.ts";
import type { PoolingTextEncoder } from "./text/bert_text_encoder.ts";
import { openClassEmbedder } from "./class_embedder.ts";
import { classLabels } from "./class_labels.ts";
import { openLayoutEncoder } from "./layout_encoder.ts";
import { openTextEncoder } from "./text/text_encoder.ts";
import { withUnetConditions } from "./unet_conditions.ts";

/**
 * Opens the conditioners that a model has.
 *
 * @throws {Error} with the file's name if one cannot be loaded; nothing stays loaded then
 */
export async function openConditioners(info: ModelInfo, device: Device): Promise<Conditioners & AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  const unet = await readUnet(info.folder);
  const encoder = info.text && parts.use(await openTextEncoder(info.folder, info.text, device));
  const text = encoder && withUnetConditions(encoder, unet, device);
  const classes = info.classes && parts.use(
    unet.has("num_class_embeds")
      ? classLabels(device, info.emptyClass)
      : openClassEmbedder(info.folder, device, text, info.emptyClass),
  );
  const layout = info.maxObjects && parts.use(await openLayouts(info.folder, device, text));
  const opened = parts.move();
  return {
    ...(text && { text }),
    ...(classes && { class: classes }),
    ...(layout && { layout }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function openLayouts(
  folder: string,
  device: Device,
  text: Conditioner<string> | undefined,
): Promise<Conditioner<readonly Box[]>> {
  if (text && "pool" in text) return await openLayoutEncoder(folder, device, text as PoolingTextEncoder);
  throw new TypeError(`The layout encoder of ${folder} needs a text encoder that pools, such as BertModel`);
}
