/**
 * Reads the compressed reference files that training/reference/tokens.py writes.
 *
 * @module
 */
import { BYTE_SYMBOLS } from "../../models/tokenizers/byte_pairs.ts";

/** Text of a gzip file of this folder. */
export async function readGzip(name: string): Promise<string> {
  const file = await Deno.open(new URL(name, import.meta.url));
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
}

/**
 * CLIP's real `vocab.json` and `merges.txt`: 256 bytes, the same at the end of a word, what each merge makes, and the two
 * special tokens.
 */
export async function readClipVocabulary(): Promise<{ vocab: Record<string, number>; merges: string }> {
  const merges = await readGzip("tokens_merges.txt.gz");
  const printable = BYTE_SYMBOLS.toSorted((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const made = merges.trimEnd().split("\n").slice(1).map((pair) => pair.replace(" ", ""));
  const special = ["<|startoftext|>", "<|endoftext|>"];
  const tokens = [...printable, ...printable.map((symbol) => `${symbol}</w>`), ...made, ...special];
  return { vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges };
}
