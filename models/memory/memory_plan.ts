import { join } from "node:path";
import { DEVICE_NAMES, type DeviceName } from "../../runtime/device.ts";
import { type MemoryLimits, memoryLimits } from "../../runtime/memory_limits.ts";
import { AT_ONCE, type ModelMemory, readModelMemory } from "./model_memory.ts";

/** How a model is held: whole, in parts one after the other, or whichever fits. */
export const MEMORY_SETTINGS = ["auto", "low"] as const;

/** One of them. */
export type MemorySetting = (typeof MEMORY_SETTINGS)[number];

/** How a model is held. */
export type MemoryPlan = "whole" | "one at a time";

/** Most bytes of a protobuf message, and so of a graph's own file. */
const PROTOBUF = 2 ** 31;
/** More than any device takes for a byte of weights. */
const MOST_RESIDENT = 14;

/**
 * Decides how a model is held on a device, before anything is loaded. Only what cannot be is refused: weights alone, however
 * they are held, that are more than there is. Whatever may fit is tried.
 *
 * @param name of the model, for the error
 * @throws {RangeError} if it cannot fit, with the figures and what would do
 */
export async function planMemory(
  name: string,
  folder: string,
  device: DeviceName,
  limits: MemoryLimits,
): Promise<MemoryPlan> {
  // Reading the outlines of graphs takes longer than looking at sizes, and most models are small.
  const files = await bytesBelow(folder);
  if (MOST_RESIDENT * files < limits.free && files < Math.min(limits.tensor, PROTOBUF)) return "whole";
  const memory = await readModelMemory(folder, device);
  const obstacle = obstacleOf(memory, limits);
  if (obstacle === undefined) return memory.loaded <= limits.free ? "whole" : "one at a time";
  throw new RangeError(`Model ${name} cannot be loaded on ${device}: ${obstacle}; ${await remedy(folder, device)}`);
}

/** About how many bytes a model takes while it is held as planned. */
export function heldBytes({ loaded, largest }: ModelMemory, plan: MemoryPlan): number {
  return plan === "whole" ? loaded : largest;
}

/** Why a model cannot be held on a device, not even in parts; undefined if it may. */
export function obstacleOf({ parts }: Pick<ModelMemory, "parts">, limits: MemoryLimits): string | undefined {
  for (const part of AT_ONCE) {
    const graph = parts.get(part);
    if (!graph) continue;
    const [file, weights] = [graph.file, shownBytes(graph.weights)];
    if (graph.own >= PROTOBUF) {
      return `${file} has ${shownBytes(graph.own)} in one file, of which protobuf takes less than ${
        shownBytes(PROTOBUF)
      }`;
    }
    if (graph.largest > limits.tensor) {
      return `a tensor of ${file} has ${shownBytes(graph.largest)}, the largest buffer has ${
        shownBytes(limits.tensor)
      }`;
    }
    if (graph.weights > limits.total) {
      return `the weights of ${file} have ${weights} (${graph.precision}), and there is room for ${
        shownBytes(limits.total)
      }`;
    }
  }
}

/** Bytes for people. */
export function shownBytes(count: number): string {
  if (count === Infinity) return "unknown";
  return count < 2 ** 30 ? `${(count / 2 ** 20).toFixed(0)} MiB` : `${(count / 2 ** 30).toFixed(1)} GiB`;
}

async function remedy(folder: string, device: DeviceName): Promise<string> {
  const others = await Promise.all(
    DEVICE_NAMES.filter((name) => name !== device).map(async (name) => {
      const obstacle = obstacleOf(await readModelMemory(folder, name), await memoryLimits(name));
      return obstacle === undefined ? [name] : [];
    }),
  );
  const choices = [...others.flat().map((name) => `--device ${name}`), "an export in fp16 or int8, with external data"];
  return `try ${choices.join(", or ")}`;
}

async function bytesBelow(folder: string): Promise<number> {
  let sum = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    sum += isDirectory ? await bytesBelow(path) : (await Deno.stat(path)).size;
  }
  return sum;
}
