import type { DeviceName } from "../../runtime/device.ts";
import { denoiserGraph } from "../denoiser.ts";
import { type GraphMemory, type Precision, readGraphMemory } from "./graph_memory.ts";

/** Parts with a graph, in the order in which they work. */
export const GRAPH_PARTS = [
  ...["text_encoder", "text_encoder_2", "class_embedder", "layout_encoder"],
  ...["vae_encoder", "unet", "vae_decoder"],
] as const;

/** Name of such a part. */
export type GraphPart = (typeof GRAPH_PARTS)[number];

/** Parts that are loaded with the model; the others when a request first needs them. */
export const AT_ONCE: readonly GraphPart[] = ["text_encoder", "text_encoder_2", "unet", "vae_decoder"];

/**
 * Bytes of memory that a byte of weights takes once it is loaded, as measured or estimated in docs/models.md. `cpu` and `wasm`
 * have no arithmetic in half precision on x86 and widen the weights; what is on the GPU counts as memory here, too.
 */
const RESIDENT: Readonly<Record<DeviceName, Readonly<Record<Precision, number>>>> = {
  cpu: { fp32: 1.2, fp16: 3, int8: 1.2 },
  wasm: { fp32: 1.5, fp16: 3, int8: 1.5 },
  webgpu: { fp32: 1.5, fp16: 1.5, int8: 1.5 },
};

/** The same for a byte of single precision that a graph makes of its weights: as such, as kernels want it, and garbage. */
const WIDENED = 3;

/** What a model's graphs take on a device. */
export interface ModelMemory {
  readonly device: DeviceName;
  /** The parts that there are. */
  readonly parts: ReadonlyMap<GraphPart, GraphMemory>;
  /** About how many bytes the model takes while it is loaded and idle. */
  readonly loaded: number;
  /** About how many its largest part takes, which is all that is held where it is one at a time. */
  readonly largest: number;
}

/** Reads from the graphs' files what a model takes; loads nothing. */
export async function readModelMemory(folder: string, device: DeviceName): Promise<ModelMemory> {
  const unet = await denoiserGraph(folder, device);
  const read = GRAPH_PARTS.map(async (part) =>
    [part, await readGraphMemory(folder, part, part === "unet" ? unet : undefined)] as const
  );
  const parts = new Map((await Promise.all(read)).flatMap(([part, memory]) => memory ? [[part, memory] as const] : []));
  const loaded = AT_ONCE.reduce((sum, part) => sum + residentBytes(parts.get(part), device), 0);
  return { device, parts, loaded, largest: largestBytes(parts, device) };
}

/** About how many bytes the largest of some graphs takes once it is loaded; 0 if there is none. */
export function largestBytes(parts: ReadonlyMap<GraphPart, GraphMemory>, device: DeviceName): number {
  return Math.max(0, ...[...parts.values()].map((graph) => residentBytes(graph, device)));
}

/** About how many bytes a graph takes once it is loaded; 0 if there is none. */
export function residentBytes(graph: GraphMemory | undefined, device: DeviceName): number {
  if (!graph) return 0;
  const { plain, widened, own, precision } = graph;
  // Weights inside of the graph's file stay there as they were read; files beside it are mapped, and half precision is freed.
  const read = device === "cpu" && precision !== "fp16" ? own : 0;
  return plain * RESIDENT[device][precision] + widened * WIDENED + read;
}
