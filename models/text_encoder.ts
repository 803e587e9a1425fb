import type { Device } from "../runtime/device.ts";
import type { Conditioner, Encoding } from "./components.ts";
import { Config, graphOf } from "./folder.ts";
import { openWordPiece } from "./tokenizers/wordpiece.ts";

/**
 * Loads the transformer τ_θ of a model folder with its tokenizer: prompts in, `last_hidden_state` of every position out,
 * padding too, as the built-in UNet was trained to see it.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openTextEncoder(folder: string, device: Device): Promise<Conditioner<string>> {
  const config = await Config.read(folder, "text_encoder", "config.json");
  const length = config.number("max_length");
  const tokenize = await openWordPiece(folder, length);
  const session = await device.load(await graphOf(folder, "text_encoder"));
  return {
    async encode(prompts: readonly string[]): Promise<Encoding> {
      const tokens = prompts.map(tokenize);
      const dims = [prompts.length, length];
      using input_ids = device.upload("B N", dims, Float32Array.from(tokens.flatMap((each) => each.ids)));
      using attention_mask = device.upload("B N", dims, Float32Array.from(tokens.flatMap((each) => each.mask)));
      const outputs = await session.run({ input_ids, attention_mask }, { last_hidden_state: "B N D" });
      return { context: outputs.last_hidden_state, cut: tokens.map((each) => each.cut) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
