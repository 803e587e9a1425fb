import { env } from "onnxruntime-common";
import { join } from "node:path";
import type { Device } from "../../runtime/device.ts";
import { ifThere } from "../if_there.ts";
import type { ModelInfo } from "../model_info.ts";

/** What `models verify --device` found, for one model, device and runtime. */
interface Verdict {
  /** Device and runtime; with another driver or release all is open again. */
  readonly where: string;
  /** What is wrong, one line for each network; empty if nothing is. */
  readonly wrong: readonly string[];
}

/** Keeps what was found. */
export async function writeVerdict(
  folder: string,
  { hash }: ModelInfo,
  device: Device,
  wrong: readonly string[],
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const verdict: Verdict = { where: whereOf(device), wrong };
  await Deno.writeTextFile(fileOf(folder, hash, device), JSON.stringify(verdict, null, 2) + "\n");
}

/**
 * Does nothing unless a model was found to compute wrongly on this device with this runtime.
 *
 * @throws {Error} with the figures and what to do
 */
export async function refuseWrong(folder: string, { name, hash }: ModelInfo, device: Device): Promise<void> {
  const text = await ifThere(Deno.readTextFile(fileOf(folder, hash, device)));
  if (text === undefined) return;
  const { where, wrong }: Verdict = JSON.parse(text);
  if (where !== whereOf(device) || wrong.length === 0) return;
  throw new Error(
    `Model ${name} computes wrongly on ${where}, as models verify found (${
      wrong.join("; ")
    }): choose another --device, ` +
      `or verify it again with --device ${device.name}`,
  );
}

function fileOf(folder: string, hash: string, { name }: Device): string {
  return join(folder, `${hash}-${name}.json`);
}

function whereOf({ name, description }: Device): string {
  return `${name} (${description}, onnxruntime ${env.versions.common})`;
}
