import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import type { RequestOf } from "../request/request.ts";
import { otherConditions } from "./start/conditions.ts";
import { fromNoise } from "./start/from_noise.ts";
import type { Prepared } from "./mod.ts";

/** Layout-to-image: pure noise, and objects in boxes as context (the paper's section 4.3.1). */
export async function layoutToImage(
  request: RequestOf<"layout-to-image">,
  model: Model,
  device: Device,
): Promise<Prepared> {
  const conditions = await otherConditions(model.conditioners.layout!, request.boxes, request, device);
  return fromNoise(request, conditions, model, device);
}
