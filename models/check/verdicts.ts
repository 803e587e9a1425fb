/**
 * What comparisons of devices found, one file for each model and device.
 *
 * @module
 */
import { env } from "onnxruntime-common";
import { join } from "node:path";
import type { Device } from "../../runtime/device.ts";
import { writeWhole } from "../files/write_whole.ts";
import type { ModelInfo } from "../model_info.ts";

/** What a comparison found, for one model, device and runtime. */
export interface Verdict {
  /** What is wrong, one line for each network; empty if nothing is. */
  readonly wrong: readonly string[];
  /** What could not be compared, and why, one line for each network. */
  readonly unchecked: readonly string[];
}

/** As it lies on disk. */
interface Kept extends Verdict {
  /** Device and runtime; with another adapter or release all is open again. */
  readonly where: string;
}

/**
 * Keeps what was found in the first folder that takes it.
 *
 * @param folders made if they are not there
 * @throws {Error} the reason of the last one if none does
 */
export async function writeVerdict(
  folders: readonly string[],
  { hash }: ModelInfo,
  device: Device,
  { wrong, unchecked }: Verdict,
): Promise<void> {
  const kept: Kept = { where: whereOf(device), wrong, unchecked };
  let reason = new Error("there is no folder for it");
  for (const folder of folders) {
    try {
      await Deno.mkdir(folder, { recursive: true });
      // Two workers may open the same model.
      return await writeWhole(fileOf(folder, hash, device), JSON.stringify(kept, null, 2) + "\n");
    } catch (error) {
      reason = error as Error;
    }
  }
  throw reason;
}

/** What was found of a model on this device with this runtime, in the first folder that knows; undefined if none does. */
export async function readVerdict(
  folders: readonly string[],
  { hash }: ModelInfo,
  device: Device,
): Promise<Verdict | undefined> {
  for (const folder of folders) {
    try {
      const kept: Kept = JSON.parse(await Deno.readTextFile(fileOf(folder, hash, device)));
      if (kept.where === whereOf(device)) return kept;
    } catch {
      // Not there, not ours to read, or broken: then it is not known.
    }
  }
}

/** The device with everything that decides what it computes, as far as Deno tells: WebGPU has no version of the driver. */
export function whereOf({ name, description }: Device): string {
  return `${name} (${description}, onnxruntime ${env.versions.common}, Deno ${Deno.version.deno})`;
}

function fileOf(folder: string, hash: string, { name }: Device): string {
  return join(folder, `${hash}-${name}.json`);
}
