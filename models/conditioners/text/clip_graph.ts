import type { Device } from "../../../runtime/device.ts";
import type { Axes, Context, Tensor } from "../../../runtime/tensor.ts";
import { Config, graphOf } from "../../folder.ts";
import { runRows } from "../../graphs/run_rows.ts";
import { ifThere } from "../../files/if_there.ts";
import { hiddenStates } from "../../info/hidden_states.ts";
import { type ClipTokenizer, openClipBpe } from "../../tokenizers/clip_bpe.ts";
import { type FinalNorm, readFinalNorm } from "./final_norm.ts";

/** Which of a CLIP text encoder's outputs a model was trained with. */
export interface ClipOutputs {
  /** The last hidden state behind the final layer norm, or the one before the last without (SDXL). */
  readonly hidden: "last" | "penultimate";
  /** Whether the projection of the whole text is wanted, too. */
  readonly pooled: boolean;
}

/** One CLIP text encoder with its tokenizer. */
export interface ClipGraph extends AsyncDisposable {
  readonly tokenizer: ClipTokenizer;
  /**
   * Encodes M sequences of full length.
   *
   * @param clipSkip which hidden state counts, from the last, 1; the model's own if undefined
   * @returns [M, N, D] and, if wanted, [M, P]
   */
  run(
    sequences: readonly (readonly number[])[],
    clipSkip: number | undefined,
  ): Promise<{ readonly hidden: Context; readonly pooled?: Tensor<"B N"> }>;
}

/** transformers' `CLIPTextConfig` has it, old exports have no config. */
const DEFAULT_EPSILON = 1e-5;

/**
 * Loads a text encoder that is exported as `CLIPTextModel` or `CLIPTextModelWithProjection`: ids in, `last_hidden_state`,
 * `hidden_states.0` and so on (if it was exported with them) and `text_embeds` out.
 *
 * @param suffix "" or "_2", for the second encoder of SDXL
 * @throws {Error} with the file's name if it cannot be loaded, {TypeError} if it lacks an output
 */
export async function openClipGraph(
  folder: string,
  suffix: string,
  own: ClipOutputs,
  device: Device,
): Promise<ClipGraph> {
  const part = `text_encoder${suffix}`;
  const tokenizer = await openClipBpe(folder, `tokenizer${suffix}`);
  const config = await ifThere(Config.read(folder, part, "config.json"));
  const graph = await graphOf(folder, part);
  const session = await device.load(graph);
  const epsilon = config?.has("layer_norm_eps") ? config.number("layer_norm_eps") : DEFAULT_EPSILON;
  let norm: FinalNorm | undefined;

  /** The output to take, and whether the final norm is still to be applied. */
  function chosen(clipSkip: number | undefined): { readonly name: string; readonly isRaw: boolean } {
    if (own.hidden === "last" && (clipSkip ?? 1) === 1) return { name: "last_hidden_state", isRaw: false };
    const name = hiddenStates(session.outputs).at(-(clipSkip ?? 2));
    if (name !== undefined) return { name, isRaw: own.hidden === "last" };
    const need = own.hidden === "last" ? "clip_skip" : "SDXL";
    throw new TypeError(
      `${graph.path} gives no hidden_states, which ${need} needs; export it with output_hidden_states`,
    );
  }

  async function normalised(hidden: Context): Promise<Context> {
    norm ??= readFinalNorm(graph.path, epsilon);
    using raw = hidden;
    return device.upload("B N D", raw.dims, norm(await raw.read()));
  }

  return {
    tokenizer,
    async run(sequences, clipSkip) {
      const dims = [sequences.length, tokenizer.length];
      using ids = device.upload("B N", dims, Float32Array.from(sequences.flat()));
      const { name, isRaw } = chosen(clipSkip);
      using everything = device.upload("B N", dims, new Float32Array(dims[0]! * dims[1]!).fill(1));
      const masked = session.inputs.some((port) => port.name === "attention_mask");
      // Padding is seen, too: attention is causal, so that it has no influence on what comes before it.
      const feeds = { input_ids: ids, ...(masked && { attention_mask: everything }) };
      const axes: Record<string, Axes> = { [name]: "B N D", ...(own.pooled && { text_embeds: "B N" }) };
      const outputs: Readonly<Record<string, Tensor>> = await runRows(device, session, feeds, axes);
      const hidden = outputs[name] as Context;
      return {
        hidden: isRaw ? await normalised(hidden) : hidden,
        ...(own.pooled && { pooled: outputs.text_embeds as Tensor<"B N"> }),
      };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
