import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import type { RequestOf } from "../request/request.ts";
import { otherConditions } from "./start/conditions.ts";
import { fromNoise } from "./start/from_noise.ts";
import type { Prepared } from "./mod.ts";

/** Class-conditional pictures: pure noise, and a class as context or label (the paper's section 4.2, ImageNet). */
export async function classConditional(
  request: RequestOf<"class-conditional">,
  model: Model,
  device: Device,
): Promise<Prepared> {
  const conditions = await otherConditions(model.conditioners.class!, request.class, request, device);
  return fromNoise(request, conditions, model, device);
}
