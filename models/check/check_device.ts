import { cpuObstacle } from "../../runtime/cpu.ts";
import type { Device, DeviceName } from "../../runtime/device.ts";
import { memoryLimits } from "../../runtime/memory_limits.ts";
import { oneAtATime } from "../../runtime/one_at_a_time.ts";
import type { Precision } from "../memory/graph_memory.ts";
import { obstacleOf, shownBytes } from "../memory/memory_plan.ts";
import { type GraphPart, largestBytes, type ModelMemory, readModelMemory } from "../memory/model_memory.ts";
import type { ModelInfo } from "../model_info.ts";
import { NETWORKS, type Probe } from "./probe_model.ts";
import type { Verdict } from "./verdicts.ts";

/**
 * How far the results of a network may lie apart on two devices, of the largest number it gives. Rounding makes 1e-6 to 1e-4 of
 * difference in single precision, half precision has three digits, and roundings to eight bits fall differently.
 */
export const TOLERANCES: Readonly<Record<Precision, number>> = { fp32: 2e-3, fp16: 5e-2, int8: 1e-1 };

/** What a UNet is told that comes from no network. */
const TOLD = / (sizes|guidance|label)$/;

const NONE: Probe = new Map();

/** How one result of a network compares. */
export interface PartCheck {
  /** The part, and which of its results where it has several. */
  readonly part: string;
  readonly precision: Precision;
  /** Largest difference, of the reference's largest number; NaN where the reference itself overflows. */
  readonly difference: number;
  readonly tolerance: number;
  readonly isGood: boolean;
  /** Why it could not be compared; then it counts as good. */
  readonly unchecked?: string;
}

/** Where a device's results are compared with. */
export async function referenceFor(device: DeviceName): Promise<DeviceName | undefined> {
  if (device === "cpu") return "wasm";
  if (await cpuObstacle() === undefined) return "cpu";
  return device === "wasm" ? undefined : "wasm";
}

/**
 * Runs each network of a model once on a device and on a trusted one, and compares what they give. Both get the same input, so
 * that each network answers for itself. One network is in memory at a time; what the trusted device cannot hold is not compared.
 *
 * @param device whose results are in doubt
 * @param reference whose are not
 * @throws {Error} if a graph cannot be loaded or run on the device
 */
export async function checkDevice(info: ModelInfo, device: Device, reference: Device): Promise<readonly PartCheck[]> {
  // Both run the graphs that the device will use.
  const exact = device.name === "webgpu";
  const memory = await readModelMemory(info.folder, device.name);
  const checks: PartCheck[] = [];
  let given: Probe | undefined;
  for (const { parts, probe } of NETWORKS) {
    const expected = await why(parts, memory, reference) ??
      await probe(info, oneAtATime(reference), { given: given ?? NONE, exact }).catch(firstLine);
    const actual = await probe(info, oneAtATime(device), { given: given ?? NONE, exact });
    const isUnchecked = typeof expected === "string";
    // The conditioners come first.
    given ??= isUnchecked ? actual : expected;
    for (const [part, { numbers }] of [...actual].filter(([name]) => !TOLD.test(name))) {
      const precision = memory.parts.get(part.split(" ")[0] as GraphPart)?.precision ?? "fp32";
      const tolerance = TOLERANCES[precision];
      const difference = isUnchecked ? NaN : farthest(numbers, expected.get(part)?.numbers);
      const isGood = Number.isNaN(difference) || difference <= tolerance;
      checks.push({ part, precision, difference, tolerance, isGood, ...(isUnchecked && { unchecked: expected }) });
    }
  }
  return checks;
}

/** What comparisons come to, in lines with their figures. */
export function verdictOf(checks: readonly PartCheck[]): Verdict {
  const wrong = checks.filter(({ isGood }) => !isGood).map(({ part, difference, tolerance }) =>
    `${part}: difference ${difference.toExponential(1)} of at most ${tolerance}`
  );
  const unchecked = checks.flatMap(({ part, unchecked }) => unchecked === undefined ? [] : [`${part}: ${unchecked}`]);
  return { wrong, unchecked };
}

/** Why the trusted device cannot hold one of these networks; undefined if it can. */
async function why(
  names: readonly GraphPart[],
  { parts }: ModelMemory,
  { name }: Device,
): Promise<string | undefined> {
  const limits = await memoryLimits(name);
  const there = new Map([...parts].filter(([part]) => names.includes(part)));
  const obstacle = obstacleOf({ parts: there }, limits);
  if (obstacle !== undefined) return obstacle;
  const needed = largestBytes(there, name);
  if (needed <= limits.free) return undefined;
  return `it takes about ${shownBytes(needed)} on ${name}, and there is room for ${shownBytes(limits.free)}`;
}

function firstLine(error: Error): string {
  return error.message.split("\n")[0]!;
}

/** Infinity if there are not as many numbers, or one of them is none; NaN where what is expected overflows itself. */
function farthest(actual: Float32Array, expected: Float32Array | undefined): number {
  if (actual.length !== expected?.length) return Infinity;
  let [apart, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    if (!Number.isFinite(value)) return NaN;
    apart = Math.max(apart, Number.isFinite(actual[i]!) ? Math.abs(actual[i]! - value) : Infinity);
    largest = Math.max(largest, Math.abs(value));
  }
  return apart === 0 ? 0 : apart / largest;
}
