import type { Device } from "../runtime/device.ts";
import type { Conditioner, Encoding } from "./components.ts";
import { inPlaceOfFirst } from "./context_tokens.ts";
import { graphOf } from "./folder.ts";
import { lazySession } from "./lazy.ts";
import type { TextEncoder } from "./text_encoder.ts";

/**
 * Opens the class embedder of a model folder: a class id is one token, which takes the place of the first token of the empty
 * prompt (the paper's section 4.3 with a learned embedding as τ_θ). The graph takes `class_labels` [B], gives `tokens` [B, 1, D].
 */
export function openClassEmbedder(folder: string, device: Device, text: TextEncoder): Conditioner<number> {
  const session = lazySession(device, () => graphOf(folder, "class_embedder"));
  return {
    async encode(classes, options): Promise<Encoding> {
      const { given } = await text.encode(classes.map(() => undefined), options);
      using empty = given.context!;
      // Any class will do where none is wanted: its token is not used.
      using class_labels = device.upload("B", [classes.length], Float32Array.from(classes, (id) => id ?? 0));
      using tokens = (await (await session.get()).run({ class_labels }, { tokens: "B N D" })).tokens;
      const context = inPlaceOfFirst(device, empty, tokens, classes.map((id) => id !== undefined));
      return { given: { context }, cut: classes.map(() => 0) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
