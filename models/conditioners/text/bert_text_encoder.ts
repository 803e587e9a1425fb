import type { Device } from "../../../runtime/device.ts";
import type { Context, Tensor } from "../../../runtime/tensor.ts";
import type { Conditioner, Encoding } from "../../components.ts";
import { Config, graphOf } from "../../folder.ts";
import { runRows } from "../../graphs/run_rows.ts";
import { BREAK, type Fragment } from "../../tokenizers/prompt_attention.ts";
import { openWordPiece } from "../../tokenizers/wordpiece.ts";
import { fragmentsOf, weighted } from "./weighted.ts";

/** A text encoder that gives one vector for a whole text, too. */
export interface PoolingTextEncoder extends Conditioner<string> {
  /** [B, D], the masked mean over the tokens of each text. */
  pool(texts: readonly string[]): Promise<Tensor<"B N">>;
}

/**
 * Loads the transformer τ_θ of the paper with its tokenizer, exported as `BertModel` or diffusers' `LDMBertModel`: prompts in,
 * `last_hidden_state` of every position out, padding too, as UNets were trained to see it. Prompts have one fixed length, and
 * tokens their weights; BREAK has no meaning where there is one sequence only.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openBertTextEncoder(folder: string, device: Device): Promise<PoolingTextEncoder> {
  const config = await Config.read(folder, "text_encoder", "config.json");
  const length = config.number("max_length");
  const tokenize = await openWordPiece(folder, length);
  const session = await device.load(await graphOf(folder, "text_encoder"));
  const axes = { last_hidden_state: "B N D", pooler_output: "B N" } as const;

  async function run<O extends keyof typeof axes>(texts: readonly (readonly Fragment[])[], output: O) {
    const tokens = texts.map(tokenize);
    const dims = [texts.length, length];
    using input_ids = device.upload("B N", dims, Float32Array.from(tokens.flatMap(({ ids }) => ids)));
    using attention_mask = device.upload("B N", dims, Float32Array.from(tokens.flatMap(({ mask }) => mask)));
    const masked = session.inputs.some(({ name }) => name === "attention_mask");
    const feeds = { input_ids, ...(masked && { attention_mask }) };
    const outputs: Readonly<Record<string, Tensor>> = await runRows(device, session, feeds, { [output]: axes[output] });
    return { tensor: outputs[output] as Tensor<(typeof axes)[O]>, tokens };
  }

  return {
    async encode(prompts, { emphasis }): Promise<Encoding> {
      const texts = prompts.map((prompt) =>
        fragmentsOf(prompt ?? "", emphasis).filter(({ weight }) => weight !== BREAK.weight)
      );
      const { tensor, tokens } = await run(texts, "last_hidden_state");
      const context: Context = await weighted(device, tensor, tokens.map(({ weights }) => weights));
      return { given: { context }, cut: tokens.map(({ cut }) => cut) };
    },
    pool: async (texts) => (await run(texts.map((text) => [{ text, weight: 1 }]), "pooler_output")).tensor,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
