import type { Device } from "../../runtime/device.ts";
import type { Box, Conditioner, Encoding } from "../components.ts";
import { inPlaceOfFirst } from "./context_tokens.ts";
import { Config, graphOf } from "../folder.ts";
import { lazySession } from "../graphs/lazy.ts";
import type { PoolingTextEncoder } from "./text/bert_text_encoder.ts";

/**
 * Opens the layout encoder of a model folder: each object, its text pooled and its box, is one token; the tokens take the
 * place of the first ones of the empty prompt, zeros where there are fewer objects than the model was trained with (the
 * paper's layout-to-image, section 4.3.1). The graph takes `object_embeddings` [B, N, D] and `boxes` [B, N, 4] and gives
 * `tokens` [B, N, D].
 */
export async function openLayoutEncoder(
  folder: string,
  device: Device,
  text: PoolingTextEncoder,
): Promise<Conditioner<readonly Box[]>> {
  const slots = (await Config.read(folder, "layout_encoder", "config.json")).number("max_objects");
  const session = lazySession(device, () => graphOf(folder, "layout_encoder"));
  return {
    async encode(layouts, options): Promise<Encoding> {
      const { given } = await text.encode(layouts.map(() => undefined), options);
      using empty = given.context!;
      const [batch = 0, , width = 0] = empty.dims;
      const all = layouts.flatMap((boxes = []) => padded(boxes, slots));
      using pooled = await text.pool(all.map(({ text }) => text));
      using object_embeddings = device.assemble("B N D", [batch, slots, width], [
        { of: pooled, start: 0, length: all.length * width },
      ]);
      using boxes = device.upload("B N D", [batch, slots, 4], Float32Array.from(all.flatMap(({ box }) => box)));
      const feeds = { object_embeddings, boxes };
      using encoded = (await (await session.get()).run(feeds, { tokens: "B N D" })).tokens;
      using nothing = device.upload("B N D", [1, 1, width], new Float32Array(width));
      const slices = layouts.flatMap((boxes = [], row) =>
        Array.from(
          { length: slots },
          (_, slot) =>
            slot < boxes.length
              ? { of: encoded, start: (row * slots + slot) * width, length: width }
              : { of: nothing, start: 0, length: width },
        )
      );
      using tokens = device.assemble("B N D", [batch, slots, width], slices);
      const context = inPlaceOfFirst(device, empty, tokens, layouts.map((layout) => layout !== undefined));
      return { given: { context }, cut: layouts.map(() => 0) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

const NOTHING: Box = { text: "", box: [0, 0, 0, 0] };

function padded(boxes: readonly Box[], slots: number): readonly Box[] {
  return [...boxes, ...Array<Box>(slots - boxes.length).fill(NOTHING)];
}
