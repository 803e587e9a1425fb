import { checkDevice } from "../models/check/check_device.ts";
import { readModelInfo } from "../models/model_info.ts";
import type { Device } from "../runtime/device.ts";
import type { World } from "./world.ts";

/**
 * Compares what the networks of models give on a device with what they give on another one, and tells each part.
 *
 * @throws {Error} if results differ by more than is allowed
 */
export async function verifyDevice(
  device: Device,
  reference: Device,
  models: readonly { readonly name: string; readonly folder: string }[],
  world: Pick<World, "stdout" | "stderr" | "signal">,
): Promise<void> {
  await world.stderr.write(`${device.name} (${device.description}) compared with ${reference.name}\n`);
  const wrong: string[] = [];
  for (const { name, folder } of models) {
    world.signal.throwIfAborted();
    const checks = await checkDevice(await readModelInfo(folder), device, reference);
    for (const { part, precision, difference, tolerance, isGood } of checks) {
      const overflows = Number.isNaN(difference);
      const figures = overflows ? "" : `difference ${difference.toExponential(1)} of at most ${tolerance}  `;
      const verdict = overflows ? `not compared: it overflows on ${reference.name}, too` : isGood ? "good" : "WRONG";
      await world.stdout.write(`${name}  ${part}  ${precision}  ${figures}${verdict}\n`);
    }
    if (checks.some(({ isGood }) => !isGood)) wrong.push(name);
  }
  if (wrong.length === 0) return;
  throw new Error(
    `${wrong.join(", ")} cannot be trusted on ${device.name}: choose --device ${reference.name}, and tell the makers ` +
      `of onnxruntime what differs on ${device.description}`,
  );
}
