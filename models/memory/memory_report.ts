import { join } from "node:path";
import { DEVICE_NAMES, type DeviceName } from "../../runtime/device.ts";
import { memoryLimits } from "../../runtime/memory_limits.ts";
import { readOutline } from "../graphs/graph_outline.ts";
import { readUnet } from "../info/part_configs.ts";
import type { ModelInfo } from "../model_info.ts";
import { activations } from "./activations.ts";
import { type MemoryPlan, planMemory } from "./memory_plan.ts";
import { type GraphPart, type ModelMemory, readModelMemory } from "./model_memory.ts";

/** Guidance evaluates every picture with and without its condition. */
const GUIDED_ROWS = 2;

/** What a model takes, in bytes by estimate. */
export interface MemoryReport {
  readonly devices: Readonly<Record<DeviceName, DeviceReport>>;
}

/** What a model takes on one device. */
export interface DeviceReport {
  /** Weights of each network, as they lie in its file. */
  readonly weights: Readonly<Partial<Record<GraphPart, number>>>;
  /** All networks that stay loaded. */
  readonly loaded: number;
  /** What denoising and decoding one picture of the default size take on top of it. */
  readonly running: { readonly unet: number; readonly vae_decoder: number };
  /** How it is held; absent if it cannot be. */
  readonly plan?: MemoryPlan;
  /** Why it cannot be held. */
  readonly obstacle?: string;
}

/** Tells what a model takes on every device of this machine; loads nothing. */
export async function reportMemory(info: ModelInfo): Promise<MemoryReport> {
  const reports = await Promise.all(DEVICE_NAMES.map(async (name) => [name, await reportDevice(info, name)] as const));
  return { devices: Object.fromEntries(reports) as Record<DeviceName, DeviceReport> };
}

async function reportDevice(info: ModelInfo, device: DeviceName): Promise<DeviceReport> {
  const memory = await readModelMemory(info.folder, device);
  const weights = Object.fromEntries([...memory.parts].map(([part, { weights }]) => [part, weights]));
  const told = { weights, loaded: Math.round(memory.loaded), running: await runningBytes(info, memory) };
  try {
    return { ...told, plan: await planMemory(info.name, info.folder, device, await memoryLimits(device)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...told, obstacle: error.message };
  }
}

async function runningBytes({ folder, defaults, factor }: ModelInfo, { parts }: ModelMemory) {
  const [height, width] = [defaults.height / factor, defaults.width / factor];
  const run = { height, width, rows: GUIDED_ROWS, heads: await headsOf(folder) };
  const bytes = (part: GraphPart, how: typeof run | { height: number; width: number }) => {
    const graph = parts.get(part);
    return graph ? Math.round(activations(readOutline(join(folder, graph.file)), how).total) : 0;
  };
  return { unet: bytes("unet", run), vae_decoder: bytes("vae_decoder", { height, width }) };
}

/** Heads of the self-attention on the largest planes; diffusers calls their number `attention_head_dim`. */
async function headsOf(folder: string): Promise<number> {
  const value = (await readUnet(folder)).fields["attention_head_dim"];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "number" ? first : 1;
}
