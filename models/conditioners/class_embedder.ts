import type { Device } from "../../runtime/device.ts";
import type { Conditioner, Encoding } from "../components.ts";
import { graphOf } from "../folder.ts";
import { lazySession } from "../graphs/lazy.ts";
import { inPlaceOfFirst } from "./context_tokens.ts";

/**
 * Opens the class embedder of a model folder: a class id is one token (the paper's section 4.3 with a learned embedding as
 * τ_θ). Where prompts are encoded, too, it takes the place of the first token of the empty one. The graph takes `class_labels`
 * [B], gives `tokens` [B, 1, D].
 *
 * @param empty the id that stands for no class, in models without text
 */
export function openClassEmbedder(
  folder: string,
  device: Device,
  text: Conditioner<string> | undefined,
  empty: number | undefined,
): Conditioner<number> {
  const session = lazySession(device, () => graphOf(folder, "class_embedder"));
  return {
    async encode(classes, options): Promise<Encoding> {
      // Where none is wanted, any class will do if its token is not used.
      const ids = Float32Array.from(classes, (id) => id ?? empty ?? 0);
      using class_labels = device.upload("B", [classes.length], ids);
      const { tokens } = await (await session.get()).run({ class_labels }, { tokens: "B N D" });
      const cut = classes.map(() => 0);
      if (!text) return { given: { context: tokens }, cut };
      using unused = tokens;
      const { given } = await text.encode(classes.map(() => undefined), options);
      using context = given.context!;
      return {
        given: { context: inPlaceOfFirst(device, context, unused, classes.map((id) => id !== undefined)) },
        cut,
      };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
