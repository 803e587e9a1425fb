import { checkDevice, verdictOf } from "../../models/check/check_device.ts";
import { writeVerdict } from "../../models/check/verdicts.ts";
import { readModelInfo } from "../../models/model_info.ts";
import { verdictFolder } from "../../models/store/settings.ts";
import type { Device } from "../../runtime/device.ts";
import type { World } from "../world.ts";

/**
 * Compares what the networks of models give on a device with what they give on another one, tells each part, and keeps the
 * verdict: a model that is wrong on a device is not loaded there any more.
 *
 * @throws {Error} if results differ by more than is allowed
 */
export async function verifyDevice(
  device: Device,
  reference: Device,
  models: readonly { readonly name: string; readonly folder: string }[],
  world: Pick<World, "stdout" | "stderr" | "signal" | "store">,
): Promise<void> {
  await world.stderr.write(`${device.name} (${device.description}) compared with ${reference.name}\n`);
  const wrong: string[] = [];
  for (const { name, folder } of models) {
    world.signal.throwIfAborted();
    const info = await readModelInfo(folder);
    const checks = await checkDevice(info, device, reference);
    for (const { part, precision, difference, tolerance, isGood, unchecked } of checks) {
      const isCompared = !Number.isNaN(difference);
      const figures = isCompared ? `difference ${difference.toExponential(1)} of at most ${tolerance}  ` : "";
      const verdict = isCompared
        ? isGood ? "good" : "WRONG"
        : `not compared: ${unchecked ?? `it overflows on ${reference.name}, too`}`;
      await world.stdout.write(`${name}  ${part}  ${precision}  ${figures}${verdict}\n`);
    }
    const found = verdictOf(checks);
    if (found.wrong.length > 0) wrong.push(name);
    const verdicts = verdictFolder(world.store);
    if (verdicts !== undefined) await writeVerdict([verdicts], info, device, found);
  }
  if (wrong.length === 0) return;
  throw new Error(
    `${wrong.join(", ")} cannot be trusted on ${device.name}: choose --device ${reference.name}, and tell the makers ` +
      `of onnxruntime what differs on ${device.description}`,
  );
}
