import { cpuObstacle } from "../../runtime/cpu.ts";
import type { Device, DeviceName } from "../../runtime/device.ts";
import { type GraphPart, readModelMemory } from "../memory/model_memory.ts";
import type { Precision } from "../memory/graph_memory.ts";
import { openModel } from "../model.ts";
import type { ModelInfo } from "../model_info.ts";
import { type Probe, probeModel } from "./probe_model.ts";

/**
 * How far the results of a network may lie apart on two devices, of the largest number it gives. Rounding makes 1e-6 to 1e-4 of
 * difference in single precision, half precision has three digits, and roundings to eight bits fall differently.
 */
export const TOLERANCES: Readonly<Record<Precision, number>> = { fp32: 2e-3, fp16: 5e-2, int8: 1e-1 };

/** What a UNet is told that comes from no network. */
const TOLD = / (sizes|guidance|label)$/;

/** How one result of a network compares. */
export interface PartCheck {
  /** The part, and which of its results where it has several. */
  readonly part: string;
  readonly precision: Precision;
  /** Largest difference, of the reference's largest number; NaN where the reference itself overflows. */
  readonly difference: number;
  readonly tolerance: number;
  readonly isGood: boolean;
}

/** Where a device's results are compared with. */
export async function referenceFor(device: DeviceName): Promise<DeviceName | undefined> {
  if (device === "cpu") return "wasm";
  if (await cpuObstacle() === undefined) return "cpu";
  return device === "wasm" ? undefined : "wasm";
}

/**
 * Runs each network of a model once on a device and on a trusted one, and compares what they give. One network is in memory at
 * a time.
 *
 * @param device whose results are in doubt
 * @param reference whose are not
 * @throws {Error} if a graph cannot be loaded or run
 */
export async function checkDevice(info: ModelInfo, device: Device, reference: Device): Promise<readonly PartCheck[]> {
  // Both run the graphs that the device will use.
  const exact = device.name === "webgpu";
  const probe = async (place: Device, before?: Probe) => {
    await using model = await openModel(info, place, { exact, memory: "low", tiles: "never" });
    return await probeModel(model, place, before);
  };
  const expected = await probe(reference);
  const actual = await probe(device, expected);
  const { parts } = await readModelMemory(info.folder, device.name);
  return [...expected].filter(([name]) => !TOLD.test(name)).map(([name, { numbers }]) => {
    const precision = parts.get(name.split(" ")[0] as GraphPart)?.precision ?? "fp32";
    const difference = farthest(actual.get(name)?.numbers, numbers);
    const tolerance = TOLERANCES[precision];
    return {
      part: name,
      precision,
      difference,
      tolerance,
      isGood: Number.isNaN(difference) || difference <= tolerance,
    };
  });
}

/** Infinity if there are not as many numbers, or one of them is none. */
function farthest(actual: Float32Array | undefined, expected: Float32Array): number {
  if (actual?.length !== expected.length) return Infinity;
  let [apart, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    if (!Number.isFinite(value)) return NaN;
    apart = Math.max(apart, Number.isFinite(actual[i]!) ? Math.abs(actual[i]! - value) : Infinity);
    largest = Math.max(largest, Math.abs(value));
  }
  return apart === 0 ? 0 : apart / largest;
}
