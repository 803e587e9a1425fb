import { InvalidArgumentError, Option } from "commander";
import { CHECK_SETTINGS, type CheckSetting } from "../models/check/check_setting.ts";
import { TILE_SETTINGS, type TileSetting } from "../models/first_stage/tile_of.ts";
import { MEMORY_SETTINGS, type MemorySetting } from "../models/memory/memory_plan.ts";
import { DEVICE_NAMES, type DeviceName } from "../runtime/device.ts";

/** Values of the flags that say where to compute. */
export interface DeviceFlags {
  readonly device: DeviceName | "auto";
  readonly threads?: number;
  readonly memory: MemorySetting;
  readonly tiles: TileSetting;
  readonly check: CheckSetting;
}

/** The flags that say where to compute. */
export function deviceOptions(): Option[] {
  return [
    new Option("-d, --device <name>", "Where to compute; auto takes a GPU if there is one (see `doctor`)")
      .choices(["auto", ...DEVICE_NAMES]).default("auto"),
    new Option("--threads <number>", "Threads of wasm and cpu; all cores if absent").argParser(readThreads),
    new Option(
      "--memory <how>",
      "Hold the whole model, or with low one network at a time, loaded anew for each picture",
    )
      .choices(MEMORY_SETTINGS).default("auto"),
    new Option("--tiles <when>", "Take pictures larger than the model's own through the autoencoder in tiles")
      .choices(TILE_SETTINGS).default("auto"),
    new Option("--check <when>", "Compare a model on webgpu with another device before it is first used there")
      .choices(CHECK_SETTINGS).default("auto"),
  ];
}

function readThreads(text: string): number {
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new InvalidArgumentError("It must be a whole number from 1 to 256.");
}
