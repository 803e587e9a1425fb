import type { Device } from "../runtime/device.ts";
import type { Tensor } from "../runtime/tensor.ts";
import type { Conditioner, Encoding } from "./components.ts";
import { Config, graphOf } from "./folder.ts";
import { openWordPiece } from "./tokenizers/wordpiece.ts";

/** A text encoder that gives one vector for a whole text, too. */
export interface TextEncoder extends Conditioner<string> {
  /** [B, D], the masked mean over the tokens of each text. */
  pool(texts: readonly string[]): Promise<Tensor<"B N">>;
}

/**
 * Loads the transformer τ_θ of a model folder with its tokenizer: prompts in, `last_hidden_state` of every position out,
 * padding too, as the built-in UNet was trained to see it.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openTextEncoder(folder: string, device: Device): Promise<TextEncoder> {
  const config = await Config.read(folder, "text_encoder", "config.json");
  const length = config.number("max_length");
  const tokenize = await openWordPiece(folder, length);
  const session = await device.load(await graphOf(folder, "text_encoder"));

  async function run<O extends "last_hidden_state" | "pooler_output">(texts: readonly string[], output: O) {
    const tokens = texts.map(tokenize);
    const dims = [texts.length, length];
    using input_ids = device.upload("B N", dims, Float32Array.from(tokens.flatMap(({ ids }) => ids)));
    using attention_mask = device.upload("B N", dims, Float32Array.from(tokens.flatMap(({ mask }) => mask)));
    const axes = { last_hidden_state: "B N D", pooler_output: "B N" } as const;
    const outputs = await session.run({ input_ids, attention_mask }, { [output]: axes[output] });
    return { tensor: outputs[output]! as Tensor<(typeof axes)[O]>, cut: tokens.map(({ cut }) => cut) };
  }

  return {
    async encode(prompts): Promise<Encoding> {
      const { tensor, cut } = await run(prompts.map((prompt) => prompt ?? ""), "last_hidden_state");
      return { given: { context: tensor }, cut };
    },
    pool: async (texts) => (await run(texts, "pooler_output")).tensor,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
