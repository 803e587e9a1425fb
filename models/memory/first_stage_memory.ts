import { join } from "node:path";
import type { DeviceName } from "../../runtime/device.ts";
import type { MemoryLimits } from "../../runtime/memory_limits.ts";
import { graphName } from "../graphs/graph_name.ts";
import { readOutline } from "../graphs/graph_outline.ts";
import { activations } from "./activations.ts";
import { readModelMemory } from "./model_memory.ts";

/** What part of the free memory a run may take by estimate before it is done in tiles. */
const SHARE = 0.5;

/** A run of an autoencoder's graph. */
export interface FirstStageRun {
  readonly folder: string;
  readonly part: "vae_encoder" | "vae_decoder";
  /** Rows and columns of what goes in. */
  readonly height: number;
  readonly width: number;
}

/** Whether a run of an autoencoder's graph, whose model is loaded, is likely to fit into what is free. */
export async function runFits(
  { folder, part, height, width }: FirstStageRun,
  device: DeviceName,
  limits: MemoryLimits,
): Promise<boolean> {
  const outline = readOutline(join(folder, part, await graphName(folder, part)));
  const { total, largest } = activations(outline, { height, width });
  // Only the heap of WebAssembly does not know what is in it already.
  const taken = device === "wasm" ? (await readModelMemory(folder, device)).loaded : 0;
  return largest <= limits.tensor && total <= SHARE * (limits.free - taken);
}
