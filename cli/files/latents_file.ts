import type { ModelInfo } from "../../models/model_info.ts";
import { readNpy } from "../../pipeline/npy.ts";
import { latentDims } from "../../pipeline/tasks/start/start_noise.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";
import { shown } from "../../pipeline/request/request_error.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Reads start noise from a `.npy` file: float32 of shape [count, C, h, w], or [C, h, w] for one picture.
 *
 * @throws {UsageError} that names the file and what it should hold
 */
export async function readLatents(path: string, request: GenerationRequest, model: ModelInfo): Promise<Float32Array> {
  const { width, height, count } = request;
  const wanted = [count, ...latentDims(request, model)];
  const { dims, data } = await read(path);
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

async function read(path: string): Promise<ReturnType<typeof readNpy>> {
  try {
    return readNpy(await Deno.readFile(path));
  } catch (error) {
    throw new UsageError(`latents ${shown(path)} cannot be read: ${(error as Error).message}`);
  }
}
