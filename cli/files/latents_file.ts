import type { ModelInfo } from "../../models/model_info.ts";
import { readNpy } from "../../pipeline/npy.ts";
import { latentDims } from "../../pipeline/tasks/start/start_noise.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";
import { shown } from "../../pipeline/request/request_error.ts";
import { UsageError } from "../usage_error.ts";
import { whyUnreadable } from "./why_unreadable.ts";

/**
 * Reads start noise from a `.npy` file: float32 of shape [count, C, h, w], or [C, h, w] for one picture.
 *
 * @throws {UsageError} that names the file and what it should hold
 */
export async function readLatents(path: string, request: GenerationRequest, model: ModelInfo): Promise<Float32Array> {
  const { width, height, count } = request;
  const wanted = [count, ...latentDims(request, model)];
  const { dims, data } = await readNpyFile(path);
  const fits = dims.join() === wanted.join() || (count === 1 && dims.join() === wanted.slice(1).join());
  if (!fits) {
    throw new UsageError(
      `latents ${shown(path)} has shape (${dims.join(", ")}); ${count} of ${width}x${height} by ${model.name} ` +
        `needs (${wanted.join(", ")})`,
    );
  }
  const odd = data.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw new UsageError(`latents ${shown(path)} holds ${data[odd]} at ${odd}; it must be finite numbers`);
  return data;
}

/** An array of a `.npy` file. @throws {UsageError} that names the file and what is wrong with it */
export async function readNpyFile(path: string): Promise<ReturnType<typeof readNpy>> {
  try {
    return readNpy(await Deno.readFile(path));
  } catch (error) {
    const why = await whyUnreadable(path, error);
    if (why !== undefined) throw new UsageError(`latents is ${shown(path)}, but ${why}`);
    throw new UsageError(`latents ${shown(path)} cannot be read: ${(error as Error).message}`);
  }
}
