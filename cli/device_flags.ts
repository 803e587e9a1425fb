import { InvalidArgumentError, Option } from "commander";
import { DEVICE_NAMES, type DeviceName } from "../runtime/device.ts";

/** Values of the flags that say where to compute. */
export interface DeviceFlags {
  readonly device: DeviceName | "auto";
  readonly threads?: number;
}

/** The flags that say where to compute. */
export function deviceOptions(): Option[] {
  return [
    new Option("-d, --device <name>", "Where to compute; auto takes a GPU if there is one (see `doctor`)")
      .choices(["auto", ...DEVICE_NAMES]).default("auto"),
    new Option("--threads <number>", "Threads of wasm and cpu; all cores if absent").argParser(readThreads),
  ];
}

function readThreads(text: string): number {
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new InvalidArgumentError("It must be a whole number from 1 to 256.");
}
