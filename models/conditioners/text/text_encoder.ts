import type { Device } from "../../../runtime/device.ts";
import type { Conditioner } from "../../components.ts";
import { Config } from "../../folder.ts";
import type { TextKind } from "../../info/family.ts";
import { mostChunks } from "../../info/most_chunks.ts";
import { openBertTextEncoder } from "./bert_text_encoder.ts";
import { type ClipGraph, openClipGraph } from "./clip_graph.ts";
import { clipTextEncoder } from "./clip_text_encoder.ts";

/**
 * Opens what turns a model's prompts into conditions.
 *
 * @throws {Error} with the file's name if a part is missing or cannot be loaded
 */
export async function openTextEncoder(folder: string, kind: TextKind, device: Device): Promise<Conditioner<string>> {
  if (kind === "bert") return await openBertTextEncoder(folder, device);
  const index = await Config.read(folder, "model_index.json");
  await using opened = new AsyncDisposableStack();
  const graphs: ClipGraph[] = [];
  const pair = kind === "clip-pair";
  for (const suffix of pair ? ["", "_2"] : [""]) {
    const outputs = { hidden: pair ? "penultimate" : "last", pooled: suffix === "_2" } as const;
    graphs.push(opened.use(await openClipGraph(folder, suffix, outputs, device)));
  }
  const maxChunks = await mostChunks(folder, graphs[0]!.tokenizer.length);
  const zerosForEmpty = index.fields["force_zeros_for_empty_prompt"] === true;
  opened.move();
  return clipTextEncoder(graphs, { maxChunks, zerosForEmpty }, device);
}
