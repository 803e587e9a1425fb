import type { Device } from "../../runtime/device.ts";
import { elements, type Latents, type Tensor } from "../../runtime/tensor.ts";
import { openAutoencoder } from "../autoencoder.ts";
import type { Conditioners, Conditioning, ConditioningOptions } from "../components.ts";
import { openConditioners } from "../conditioners/conditioners.ts";
import { openDenoiser } from "../denoiser.ts";
import type { GraphPart } from "../memory/model_memory.ts";
import type { ModelInfo } from "../model_info.ts";
import { seededNormals } from "./seeded_normals.ts";

/** Numbers of a tensor, on no device. */
export interface Numbers {
  readonly axes: Tensor["axes"];
  readonly dims: readonly number[];
  readonly numbers: Float32Array;
}

/** What networks of a model gave, by part and output. */
export type Probe = ReadonlyMap<string, Numbers>;

/** How a network is run once. */
export interface ProbeOptions {
  /** What the conditioners gave, which is what the denoiser is conditioned on. */
  readonly given: Probe;
  /** Float arithmetic on every device. */
  readonly exact: boolean;
}

/** Networks that are opened together, and one run of them on seeded numbers and the smallest picture. */
export interface Network {
  /** The graphs that they may have. */
  readonly parts: readonly GraphPart[];
  readonly probe: (info: ModelInfo, device: Device, options: ProbeOptions) => Promise<Probe>;
}

/** All networks of a model, in the order in which they work. */
export const NETWORKS: readonly Network[] = [
  { parts: ["text_encoder", "text_encoder_2", "class_embedder", "layout_encoder"], probe: probeConditioners },
  { parts: ["unet"], probe: probeDenoiser },
  { parts: ["vae_decoder", "vae_encoder"], probe: probeAutoencoder },
];

/** A prompt that every tokenizer knows. */
const PROMPT = "a photo of a red apple";
const BOX = { text: PROMPT, box: [0.1, 0.2, 0.7, 0.9] } as const;
/** In the middle of training's. */
const TIMESTEP = 500;
/** Rows of the denoiser's batch: both sides of guidance. */
const ROWS = 2;

async function probeConditioners(info: ModelInfo, device: Device): Promise<Probe> {
  await using conditioners = await openConditioners(info, device);
  const found = new Map<string, Numbers>();
  for (const [name, tensor] of await encodeAll(conditioners, { ...sizeOf(info), guidance: 5, emphasis: true })) {
    await keep(found, name, tensor);
  }
  return found;
}

async function probeDenoiser(info: ModelInfo, device: Device, { given, exact }: ProbeOptions): Promise<Probe> {
  await using denoiser = await openDenoiser(info.folder, device, { exact });
  using uploaded = new DisposableStack();
  const { width, height } = sizeOf(info);
  const dims = [ROWS, denoiser.inputChannels, height / info.factor, width / info.factor];
  using input = normals(device, dims, 1);
  const conditioning = conditionOf(given, device, uploaded);
  const found = new Map<string, Numbers>();
  await keep(found, "unet", await denoiser.predict(input, Array(ROWS).fill(TIMESTEP), conditioning));
  return found;
}

async function probeAutoencoder(info: ModelInfo, device: Device): Promise<Probe> {
  await using autoencoder = await openAutoencoder(info.folder, device, { tiles: "never" });
  const { width, height } = sizeOf(info);
  const found = new Map<string, Numbers>();
  using latents = normals(device, [1, info.channels, height / info.factor, width / info.factor], 2);
  await keep(found, "vae_decoder", await autoencoder.decode(latents));
  if (!await autoencoder.canEncode()) return found;
  const pixels = seededNormals(3 * height * width, 3).map(Math.tanh);
  using picture = device.upload("B 3 H W", [1, 3, height, width], pixels);
  await keep(found, "vae_encoder", await autoencoder.encode(picture));
  return found;
}

function sizeOf({ fixedSize, sizeMultiple }: ModelInfo): { readonly width: number; readonly height: number } {
  return fixedSize ?? { width: sizeMultiple, height: sizeMultiple };
}

function normals(device: Device, dims: readonly number[], seed: number): Latents {
  return device.upload("B C h w", dims, seededNormals(elements(dims), seed));
}

async function keep(found: Map<string, Numbers>, name: string, tensor: Tensor): Promise<void> {
  using own = tensor;
  found.set(name, { axes: own.axes, dims: own.dims, numbers: await own.read() });
}

/** What each conditioner makes of an input and of none, by `part output`; the last one is what the denoiser gets. */
async function encodeAll(
  { text, class: classes, layout }: Conditioners,
  options: ConditioningOptions,
): Promise<readonly [string, Tensor][]> {
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

function conditionOf(given: Probe, device: Device, uploaded: DisposableStack): Conditioning {
  const tensors = [...given].map(([name, { axes, dims, numbers }]) =>
    [name.split(" ")[1]!, uploaded.use(device.upload(axes, dims, numbers))] as const
  );
  return Object.fromEntries(tensors);
}
