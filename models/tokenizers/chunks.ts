import { BREAK, type Fragment } from "./prompt_attention.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** One run of the text encoder: a sequence of full length. */
export interface Chunk {
  /** `bos`, tokens of the prompt, `eos`, then padding. */
  readonly ids: readonly number[];
  /** What the hidden state of each position is multiplied by; 1 for special tokens and padding. */
  readonly weights: readonly number[];
}

/** How far back a chunk may end at a comma instead of in the middle of a phrase, in tokens: A1111's default. */
const COMMA_BACKTRACK = 20;

interface Weighted {
  readonly id: number;
  readonly weight: number;
}

/**
 * Splits a prompt of any length into chunks, as AUTOMATIC1111's web UI does (`tokenize_line` of its
 * `modules/sd_hijack_clip.py`): a chunk ends when it is full, at its last comma if less than 20 tokens follow that, or at
 * BREAK. Every prompt has at least one chunk. The hidden states of all chunks are concatenated for cross-attention.
 *
 * @param length ids of a chunk, the two special ones included: 77 for CLIP
 * @throws {RangeError} if no token fits
 */
export function chunkPrompt(fragments: readonly Fragment[], tokenizer: Tokenizer, length: number): readonly Chunk[] {
  const room = length - 2;
  if (room < 1) throw new RangeError(`Chunk length is ${length}; it must be at least 3`);
  const [comma] = tokenizer.encode(",");
  const chunks: Weighted[][] = [];
  let chunk: Weighted[] = [];
  let lastComma = -1;

  /** Ends the chunk after `end` tokens; the rest begins the next one. */
  function endChunk(end = chunk.length): void {
    chunks.push(chunk.slice(0, end));
    chunk = chunk.slice(end);
    lastComma = -1;
  }

  for (const { text, weight } of fragments) {
    if (text === BREAK.text && weight === BREAK.weight) {
      endChunk();
      continue;
    }
    for (const id of tokenizer.encode(text)) {
      const full = chunk.length === room;
      if (id === comma) lastComma = chunk.length;
      else if (full && lastComma !== -1 && room - lastComma <= COMMA_BACKTRACK) endChunk(lastComma + 1);
      if (chunk.length === room) endChunk();
      chunk.push({ id, weight });
    }
  }
  if (chunk.length > 0 || chunks.length === 0) endChunk();
  return chunks.map((tokens) => sequence(tokens, tokenizer, length));
}

function sequence(tokens: readonly Weighted[], { bos, eos, pad }: Tokenizer, length: number): Chunk {
  const free = length - 2 - tokens.length;
  return {
    ids: [bos, ...tokens.map(({ id }) => id), eos, ...Array<number>(free).fill(pad)],
    weights: [1, ...tokens.map(({ weight }) => weight), ...Array<number>(free + 1).fill(1)],
  };
}
