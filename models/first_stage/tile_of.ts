import type { DeviceName } from "../../runtime/device.ts";
import type { MemoryLimits } from "../../runtime/memory_limits.ts";
import type { Config } from "../folder.ts";
import { fixedDim } from "../graphs/run_rows.ts";
import { portsOf } from "../info/part_configs.ts";
import { type FirstStageRun, runFits } from "../memory/first_stage_memory.ts";

/** When pictures go through the first stage in tiles: where memory would not do otherwise, wherever it can be, or never. */
export const TILE_SETTINGS = ["auto", "always", "never"] as const;

/** One of them. */
export type TileSetting = (typeof TILE_SETTINGS)[number];

/** Encoder or decoder. */
export type FirstStagePart = FirstStageRun["part"];

/** Pixels of a tile where the config tells no `sample_size`: Stable Diffusion's. */
const USUAL_SIZE = 512;
/** Tiles overlap by a quarter, which must be whole latents. */
const QUARTERS = 4;

/** What decides on tiles beside the run. */
export interface TileOptions {
  /** Of the autoencoder. */
  readonly config: Config;
  readonly factor: number;
  readonly tiles: TileSetting;
  readonly limits: MemoryLimits;
  readonly device: DeviceName;
}

/**
 * Rows and columns of the tiles in which a run is done: as many as the autoencoder was trained with, as in diffusers.
 *
 * @returns undefined if it is done at once: it is no larger than a tile, it fits, or its graph has one size only
 */
export async function tileOf(
  run: FirstStageRun,
  { config, factor, tiles, limits, device }: TileOptions,
): Promise<number | undefined> {
  if (tiles === "never") return undefined;
  const trained = (config.has("sample_size") ? config.number("sample_size") : USUAL_SIZE) / factor;
  const latents = Math.max(QUARTERS, Math.floor(trained / QUARTERS) * QUARTERS);
  const tile = run.part === "vae_decoder" ? latents : latents * factor;
  if (run.height <= tile && run.width <= tile) return undefined;
  if (tiles === "auto" && await runFits(run, device, limits)) return undefined;
  const isFixed = (await portsOf(run.folder, run.part))?.inputs[0]?.dims.slice(2).some((dim) => fixedDim(dim));
  return isFixed ? undefined : tile;
}
