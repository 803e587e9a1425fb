import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import type { RequestOf } from "../request/request.ts";
import { textConditions } from "./start/conditions.ts";
import { fromNoise } from "./start/from_noise.ts";
import type { Prepared } from "./mod.ts";

/** Text-to-image: pure noise to start from, and prompts as context (the paper's section 4.3). */
export async function textToImage(
  request: RequestOf<"text-to-image">,
  model: Model,
  device: Device,
): Promise<Prepared> {
  return fromNoise(request, await textConditions(request, model, device), model, device);
}
