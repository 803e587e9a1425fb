import { join } from "node:path";
import type { AddedToken } from "./added_tokens.ts";
import { Config } from "../folder.ts";
import { ifThere } from "../files/if_there.ts";

/** What the files of a CLIP tokenizer say. */
export interface ClipFiles {
  readonly vocab: Readonly<Record<string, number>>;
  /** Pairs "a b", the earliest learnt first. */
  readonly merges: readonly string[];
  readonly added: readonly AddedToken[];
  readonly special: { readonly bos: string; readonly eos: string; readonly pad: string; readonly unk: string };
  /** `model_max_length`. */
  readonly length: number;
}

type Written = string | { readonly content: string; readonly normalized?: boolean };

interface Settings {
  readonly bos_token?: Written | null;
  readonly eos_token?: Written | null;
  readonly unk_token?: Written | null;
  readonly pad_token?: Written | null;
  readonly model_max_length?: number;
  readonly added_tokens_decoder?: Readonly<Record<string, { readonly content: string; readonly normalized: boolean }>>;
}

interface WholeFile {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly string[])[];
  };
  readonly added_tokens: readonly AddedToken[];
}

/**
 * Reads `tokenizer_config.json` with `tokenizer.json`, or with `vocab.json`, `merges.txt` and `special_tokens_map.json`.
 *
 * @throws {Deno.errors.NotFound} if one is missing, {SyntaxError} if one is not JSON, {TypeError} if it is no byte-pair encoding
 */
export async function readClipFiles(folder: string, part: string): Promise<ClipFiles> {
  const read = async (name: string) => (await Config.read(folder, part, name)).fields;
  const settings: Settings = await read("tokenizer_config.json");
  const whole = await ifThere(read("tokenizer.json"));
  if (whole !== undefined) {
    const { model, added_tokens } = whole as unknown as WholeFile;
    if (!Array.isArray(model?.merges)) {
      throw new TypeError(`${join(folder, part, "tokenizer.json")} has no merges; a CLIP tokenizer needs them`);
    }
    const merges = model.merges.map((pair) => typeof pair === "string" ? pair : pair.join(" "));
    return { vocab: model.vocab, merges, added: added_tokens, ...named(settings) };
  }
  const vocab = await read("vocab.json") as Record<string, number>;
  const lines = (await Deno.readTextFile(join(folder, part, "merges.txt"))).split(/\r?\n/);
  const merges = lines.filter((line) => line !== "" && !line.startsWith("#version"));
  // Older folders say it twice, and what the map says holds: Stable Diffusion 2 pads with "!" only there.
  const older = settings.added_tokens_decoder === undefined;
  const map: Settings = older ? await ifThere(read("special_tokens_map.json")) ?? {} : {};
  const both = { ...settings, ...map };
  return { vocab, merges, added: addedTokens(both, vocab), ...named(both) };
}

/** How many ids a sequence has. */
export async function readClipLength(folder: string, part: string): Promise<number> {
  return lengthOf((await Config.read(folder, part, "tokenizer_config.json")).fields);
}

/** Every published CLIP has 77. */
const lengthOf = ({ model_max_length = 77 }: Settings) => model_max_length;

function named(settings: Settings): Pick<ClipFiles, "special" | "length"> {
  const name = (token: Written | null | undefined, otherwise: string) => {
    const written = token ?? otherwise;
    return typeof written === "string" ? written : written.content;
  };
  const eos = name(settings.eos_token, "<|endoftext|>");
  return {
    special: {
      bos: name(settings.bos_token, "<|startoftext|>"),
      eos,
      pad: name(settings.pad_token, eos),
      unk: name(settings.unk_token, eos),
    },
    length: lengthOf(settings),
  };
}

/** Tokens as transformers adds them: each distinct description once, the last of those that share a content holds. */
function addedTokens(settings: Settings, vocab: Readonly<Record<string, number>>): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  for (const [id, { content, normalized }] of Object.entries(settings.added_tokens_decoder ?? {})) {
    tokens.set(content, { content, id: Number(id), normalized });
  }
  const known = new Set(tokens.keys());
  const seen = new Set<string>();
  for (const written of [settings.bos_token, settings.eos_token, settings.unk_token, settings.pad_token]) {
    if (!written) continue;
    const { content, normalized = false } = typeof written === "string" ? { content: written } : written;
    const id = vocab[content];
    const description = `${content} ${normalized}`;
    if (id === undefined || known.has(content) || seen.has(description)) continue;
    seen.add(description);
    tokens.set(content, { content, id, normalized });
  }
  return [...tokens.values()];
}
