import type { ModelInfo } from "../models/model_info.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";
import type { DeviceName } from "../runtime/device.ts";
import type { Contestant } from "./contestant.ts";

/** latentd on one of its devices, through the worker as in real life. */
export async function openLatentd(model: ModelInfo, device: DeviceName, threads: number): Promise<Contestant> {
  const generator = await openGenerate({ model, device, threads });
  return {
    name: `${device} (${generator.device.description})`,
    async image(steps) {
      const { request } = await readRequest({ prompt: "red apple, fluent style", seed: 0, steps, guidance: 4 }, [
        model,
      ]);
      for await (const event of generator.generate(request, { signal: new AbortController().signal })) {
        if (event.type === "image") return event.timings;
      }
      throw new Error("No image was made");
    },
    [Symbol.asyncDispose]: () => generator[Symbol.asyncDispose](),
  };
}
