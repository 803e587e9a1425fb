import type { Device } from "../../runtime/device.ts";
import { openDevice } from "../../runtime/open.ts";
import type { ModelInfo } from "../model_info.ts";
import { checkDevice, referenceFor, verdictOf } from "./check_device.ts";
import type { CheckSetting } from "./check_setting.ts";
import { readVerdict, type Verdict, whereOf, writeVerdict } from "./verdicts.ts";

/** How a model's results on a device are trusted. */
export interface TrustOptions {
  /** Nothing is looked at or compared if absent or `never`. */
  readonly check?: CheckSetting;
  /** Folders of what was found before; what is found now goes into the first that can be written. */
  readonly verdicts?: readonly string[];
  /** CPU threads of the device that a comparison is made with; as many as it takes if absent. */
  readonly threads?: number;
}

/**
 * Does nothing unless a model computes wrongly on this device with this runtime: as was found before, or, on `webgpu`, as a
 * comparison finds that is made once. That is the one device with a history of wrong results, onnxruntime#29651.
 *
 * @param tell takes what is being done, for people
 * @throws {Error} with the figures and what to do
 */
export async function refuseUntrusted(
  info: ModelInfo,
  device: Device,
  options: TrustOptions,
  tell: (text: string) => void,
): Promise<void> {
  const { check = "never", verdicts = [] } = options;
  if (check === "never") return;
  const verdict = await readVerdict(verdicts, info, device) ??
    (device.name === "webgpu" ? await compare(info, device, options, tell) : undefined);
  if (verdict === undefined || verdict.wrong.length === 0) return;
  throw new Error(
    `Model ${info.name} computes wrongly on ${whereOf(device)}: ${
      verdict.wrong.join("; ")
    }; choose another --device, ` +
      `compare again by models verify ${info.name} --device ${device.name}, or use it regardless with --check never`,
  );
}

/** Only a wrong result is a reason to refuse: what cannot be compared or kept is told, and the model is opened. */
async function compare(
  info: ModelInfo,
  device: Device,
  { verdicts = [], threads }: TrustOptions,
  tell: (text: string) => void,
): Promise<Verdict | undefined> {
  const place = await referenceFor(device.name);
  if (place === undefined) return;
  tell(`checking ${info.name} on ${device.name} (${device.description}) against ${place}, once`);
  let verdict: Verdict;
  try {
    await using reference = await openDevice(place, { ...(threads !== undefined && { threads }) });
    verdict = verdictOf(await checkDevice(info, device, reference));
  } catch (error) {
    return void tell(`${info.name} could not be checked on ${device.name}: ${(error as Error).message}`);
  }
  for (const line of verdict.unchecked) tell(`${info.name} is not checked in part, ${line}`);
  await writeVerdict(verdicts, info, device, verdict).catch(({ message }: Error) =>
    tell(`what was found of ${info.name} cannot be kept, so it is checked at each start: ${message}`)
  );
  return verdict;
}
