import type { Model } from "../../models/model.ts";
import type { Device } from "../../runtime/device.ts";
import { elements, type Tensor } from "../../runtime/tensor.ts";
import type { RandomSource } from "../random/random.ts";
import type { GenerationRequest } from "../request/request.ts";
import type { Prepared } from "./mod.ts";

/** Text-to-image: pure noise to start from, and prompts as context (the paper's section 4.3). */
export async function textToImage(request: GenerationRequest, model: Model, device: Device): Promise<Prepared> {
  const guided = request.guidance !== 1;
  const prompts = guided ? [request.negative_prompt, request.prompt] : [request.prompt];
  const { context, cut } = await model.textEncoder.encode(prompts);
  const dims = [model.info.channels, request.height / model.info.factor, request.width / model.info.factor];
  const length = elements(dims);

  return {
    notices: cut.flatMap((tokens, index) => tokens === 0 ? [] : [cutNotice(request, prompts[index] ?? "", tokens)]),
    start(images: readonly number[], sources: readonly RandomSource[], initialNoise: number) {
      const data = new Float32Array(images.length * length);
      sources.forEach((source, row) => {
        const given = request.latents?.subarray(images[row]! * length, (images[row]! + 1) * length);
        data.set((given ?? source.normals(length)).map((value) => value * initialNoise), row * length);
      });
      return {
        latents: device.upload("B C h w", [images.length, ...dims], data),
        context: repeatRows(context, images.length, device),
      };
    },
    [Symbol.dispose]: () => context[Symbol.dispose](),
  };
}

/** [B, N, D] to [B·times, N, D]: every row `times` over, so the ungiven rows stay first. */
function repeatRows(context: Tensor<"B N D">, times: number, device: Device): Tensor<"B N D"> {
  const [rows = 0, ...token] = context.dims;
  const length = elements(token);
  const order = Array.from({ length: rows * times }, (_, row) => Math.floor(row / times));
  const slices = order.map((row) => ({ of: context, start: row * length, length }));
  return device.assemble("B N D", [rows * times, ...token], slices);
}

function cutNotice(request: GenerationRequest, prompt: string, tokens: number): string {
  const field = prompt === request.prompt ? "prompt" : "negative_prompt";
  return `${field} is too long for the model: its last ${tokens} tokens were cut`;
}
