import { Config } from "../folder.ts";
import { readClipLength } from "../tokenizers/clip_files.ts";
import type { TextKind } from "./family.ts";
import { hiddenStates } from "./hidden_states.ts";
import { mostChunks } from "./most_chunks.ts";
import { portsOf } from "./part_configs.ts";

/** What a model makes of prompts. */
export interface TextInfo {
  readonly text?: TextKind;
  readonly maxTokens: number;
  readonly maxClipSkip?: number;
}

/** Reads how long prompts may be, and how many layers can be skipped. */
export async function readTextInfo(folder: string, kind: TextKind | undefined): Promise<TextInfo> {
  if (kind === undefined) return { maxTokens: 0 };
  if (kind === "bert") {
    const config = await Config.read(folder, "text_encoder", "config.json");
    return { text: kind, maxTokens: config.number("max_length") };
  }
  const length = await readClipLength(folder, "tokenizer");
  const outputs = (await portsOf(folder, "text_encoder"))?.outputs ?? [];
  // The first hidden state is the embedded tokens, before any layer.
  const maxClipSkip = Math.max(1, hiddenStates(outputs).length - 1);
  return { text: kind, maxTokens: length * await mostChunks(folder, length), maxClipSkip };
}
