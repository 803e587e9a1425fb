import { join } from "node:path";
import type { ModelInfo } from "../../models/model_info.ts";
import { verifyModel } from "../../models/store/verify.ts";
import { ModelPool } from "../../pipeline/model_pool/model_pool.ts";
import type { ModelPoolOptions } from "../../pipeline/model_pool/pool_options.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { Settings } from "../config/settings_schema.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";
import { offeredModels } from "./offered_models.ts";

/** Bytes that a worker takes beside its model: runtime, buffers, its own heap (docs/operate.md). */
const WORKER: Readonly<Record<DeviceName, number>> = { cpu: 90e6, wasm: 250e6, webgpu: 250e6 };
/** Of the machine's memory, for models; the rest is for what they compute with, and for everything else. */
const SHARE = 0.5;

/**
 * The models that a server offers, none of them loaded yet.
 *
 * @param tell takes what is done while one is loaded, for people
 * @throws {UsageError | InvalidRequestError} if a setting names a model that is not there, or no room for the default
 */
export async function openPool(
  settings: Settings,
  world: World,
  watch: Pick<ModelPoolOptions, "onEvent">,
  tell: (text: string) => void,
): Promise<ModelPool> {
  const { modelMemory, idleUnload, device, threads, memory, tiles, check, state } = settings;
  const models = await offeredModels(settings, world);
  // Where a server may write if the cache is not its own.
  const verdicts = [join(state, "verdicts")];
  const place = { device, memory, tiles, check, verdicts, ...(threads !== undefined && { threads }) };
  const sizeOf: ModelPoolOptions["sizeOf"] = async (
    model,
    opened = device === "auto" ? "wasm" : device,
    plan = memory === "low" ? "one at a time" : "whole",
  ) => await world.modelBytes(model, opened, plan) + WORKER[opened];
  return new ModelPool({
    models,
    open: (model) => world.openGenerate({ model, ...place }, tell),
    sizeOf,
    memory: await memoryFor(models[0]!, modelMemory, (model) => sizeOf(model, undefined), world),
    idle: idleUnload === 0 ? undefined : 1000 * idleUnload,
    // Names are given by the catalog, not by the folder.
    read: async ({ folder, name, origin }) => ({
      ...await world.readModel(folder),
      name,
      ...(origin !== undefined && { origin }),
    }),
    find: () => offeredModels(settings, world),
    check: ({ folder }) => checkFiles(folder, world.signal),
    ...watch,
  });
}

/** Bytes for all models. What nobody set is never less than the default model takes. */
async function memoryFor(
  model: ModelInfo,
  megabytes: number | undefined,
  sizeOf: (model: ModelInfo) => Promise<number>,
  world: World,
): Promise<number> {
  const needed = await sizeOf(model).catch(() => 0); // what is wrong with it is told when it is opened
  if (megabytes === undefined) return Math.max(SHARE * world.memory(), needed);
  if (1e6 * megabytes >= needed) return 1e6 * megabytes;
  throw new UsageError(
    `model-memory is ${megabytes} megabytes; it must be at least ${Math.ceil(needed / 1e6)} for ${model.name}`,
  );
}

async function checkFiles(folder: string, signal: AbortSignal): Promise<void> {
  const { problems } = await verifyModel(folder, signal);
  if (problems.length > 0) throw new Error(problems.join("; "));
}
