import type { ModelInfo } from "../../models/model_info.ts";
import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import { readRequest } from "../../pipeline/request/read_request.ts";
import { openGenerate } from "../../pipeline/worker/worker_client.ts";
import type { DeviceName } from "../../runtime/device.ts";

/** Makes the one picture of a request; pictures in it may be pixels. */
export type Make = (body: Readonly<Record<string, unknown>>) => Promise<Pixels>;

/** Opens a model to make pictures with. */
export async function openMake(
  model: ModelInfo,
  device: DeviceName | "auto",
): Promise<AsyncDisposable & { make: Make }> {
  const generator = await openGenerate({ model, device });
  return {
    async make(body) {
      const { request } = await readRequest(await withFiles(body), [model]);
      for await (const event of generator.generate(request, { signal: new AbortController().signal })) {
        if (event.type === "image") return event.image;
      }
      throw new Error("No picture was made");
    },
    [Symbol.asyncDispose]: () => generator[Symbol.asyncDispose](),
  };
}

async function withFiles(body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const files = (["image", "mask"] as const).filter((field) => body[field] !== undefined).map(async (field) =>
    [field, await new Response(encodePng(body[field] as Pixels, {}, { level: 1 })).bytes()] as const
  );
  return { ...body, ...Object.fromEntries(await Promise.all(files)) };
}
