import type { Device } from "../../runtime/device.ts";
import { elements, type Latents, type Tensor } from "../../runtime/tensor.ts";
import type { Conditioning, ConditioningOptions } from "../components.ts";
import type { Model } from "../model.ts";
import { seededNormals } from "./seeded_normals.ts";

/** Numbers of a tensor, on no device. */
export interface Numbers {
  readonly axes: Tensor["axes"];
  readonly dims: readonly number[];
  readonly numbers: Float32Array;
}

/** What the networks of a model gave, by part and output. */
export type Probe = ReadonlyMap<string, Numbers>;

/** A prompt that every tokenizer knows. */
const PROMPT = "a photo of a red apple";
const BOX = { text: PROMPT, box: [0.1, 0.2, 0.7, 0.9] } as const;
/** In the middle of training's. */
const TIMESTEP = 500;
/** Rows of the denoiser's batch: both sides of guidance. */
const ROWS = 2;

/**
 * Runs every network of a model once, on seeded numbers and the smallest pictures it makes. What the denoiser is conditioned on
 * and what it sees do not depend on the other networks if a probe of another device is given, so that each answers for itself.
 *
 * @param before what another device gave
 */
export async function probeModel(model: Model, device: Device, before?: Probe): Promise<Probe> {
  const { info, denoiser, autoencoder } = model;
  const { width, height } = info.fixedSize ?? { width: info.sizeMultiple, height: info.sizeMultiple };
  const [h, w] = [height / info.factor, width / info.factor];
  const found = new Map<string, Numbers>();
  const normals = (dims: readonly number[], seed: number) =>
    device.upload("B C h w", dims, seededNormals(elements(dims), seed));

  const options = { width, height, guidance: 5, emphasis: true };
  for (const [name, tensor] of await encodeAll(model, options)) {
    using own = tensor;
    found.set(name, { axes: own.axes, dims: own.dims, numbers: await own.read() });
  }
  using given = new DisposableStack();
  const conditioning = conditionOf(before ?? found, device, given);
  using input = normals([ROWS, denoiser.inputChannels, h, w], 1);
  using predicted = await denoiser.predict(input, Array(ROWS).fill(TIMESTEP), conditioning);
  found.set("unet", { axes: predicted.axes, dims: predicted.dims, numbers: await predicted.read() });

  using latents = normals([1, info.channels, h, w], 2);
  using image = await autoencoder.decode(latents);
  found.set("vae_decoder", { axes: image.axes, dims: image.dims, numbers: await image.read() });

  if (!await autoencoder.canEncode()) return found;
  const pixels = seededNormals(3 * height * width, 3).map(Math.tanh);
  using picture = device.upload("B 3 H W", [1, 3, height, width], pixels);
  using encoded: Latents = await autoencoder.encode(picture);
  found.set("vae_encoder", { axes: encoded.axes, dims: encoded.dims, numbers: await encoded.read() });
  return found;
}

/** What each conditioner makes of an input and of none, by `part output`; the last one is what the denoiser gets. */
async function encodeAll({ conditioners }: Model, options: ConditioningOptions): Promise<readonly [string, Tensor][]> {
  const { text, class: classes, layout } = conditioners;
  const encodings = {
    ...(text && { text_encoder: await text.encode([undefined, PROMPT], options) }),
    ...(classes && { class_embedder: await classes.encode([undefined, 0], options) }),
    ...(layout && { layout_encoder: await layout.encode([undefined, [BOX]], options) }),
  };
  return Object.entries(encodings).flatMap(([part, { given }]) =>
    Object.entries(given as Readonly<Record<string, Tensor>>).map(([output, tensor]) =>
      [`${part} ${output}`, tensor] as [string, Tensor]
    )
  );
}

function conditionOf(probe: Probe, device: Device, given: DisposableStack): Conditioning {
  const tensors = [...probe].filter(([name]) => name.includes(" ")).map(([name, { axes, dims, numbers }]) =>
    [name.split(" ")[1]!, given.use(device.upload(axes, dims, numbers))] as const
  );
  return Object.fromEntries(tensors);
}
