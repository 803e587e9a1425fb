import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import type { RequestOf } from "../request/request.ts";
import { textConditions } from "./start/conditions.ts";
import { fromNoise } from "./start/from_noise.ts";
import type { Prepared } from "./mod.ts";

/** Unconditional pictures: pure noise, under the empty prompt if the model knows prompts (the paper's section 4.2). */
export async function unconditional(
  request: RequestOf<"unconditional">,
  model: Model,
  device: Device,
): Promise<Prepared> {
  return fromNoise(request, await textConditions(request, model, device), model, device);
}
