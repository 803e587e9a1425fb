import type { Device, Slice } from "../../../runtime/device.ts";
import type { Context, Tensor } from "../../../runtime/tensor.ts";
import type { Conditioner, Encoding } from "../../components.ts";
import { type Chunk, chunkPrompt } from "../../tokenizers/chunks.ts";
import type { ClipGraph } from "./clip_graph.ts";
import { fragmentsOf, weighted } from "./weighted.ts";

/** How CLIP text encoders make conditions of prompts. */
export interface ClipOptions {
  /** Most chunks of a prompt. */
  readonly maxChunks: number;
  /** Whether the empty condition is zeros instead of the encoded empty text (`force_zeros_for_empty_prompt` of SDXL). */
  readonly zerosForEmpty: boolean;
}

/** What one encoder makes of all prompts; N counts the tokens of all chunks. */
interface Encoded {
  /** [B, N, D] in the order of its elements. */
  readonly hidden: Context;
  /** A row for each chunk. */
  readonly pooled?: Tensor<"B N">;
}

/**
 * Prompts through one CLIP text encoder (Stable Diffusion) or two whose hidden states lie side by side (SDXL). Prompts of any
 * length are encoded in chunks as AUTOMATIC1111's web UI does, and chunk by chunk weighted; shorter ones of a batch are filled
 * up with empty chunks.
 *
 * @param graphs owned from now on; the last one's projection of the first chunk is the pooled condition
 */
export function clipTextEncoder(
  graphs: readonly ClipGraph[],
  { maxChunks, zerosForEmpty }: ClipOptions,
  device: Device,
): Conditioner<string> {
  return {
    async encode(prompts, { emphasis, clipSkip }): Promise<Encoding> {
      const fragments = prompts.map((prompt) => fragmentsOf(prompt ?? "", emphasis));
      const chunked = graphs.map(({ tokenizer }) =>
        fragments.map((each) => chunkPrompt(each, tokenizer, tokenizer.length))
      );
      const count = Math.min(maxChunks, Math.max(...chunked[0]!.map(({ length }) => length)));
      using encoded = new DisposableStack();
      const parts: Encoded[] = [];
      for (const [index, graph] of graphs.entries()) {
        const [empty] = chunkPrompt([], graph.tokenizer, graph.tokenizer.length);
        const chunks = chunked[index]!.flatMap((each) => Array.from({ length: count }, (_, i) => each[i] ?? empty!));
        const { hidden: plain, pooled } = await graph.run(chunks.map(({ ids }) => ids), clipSkip);
        if (pooled) encoded.use(pooled);
        const hidden = encoded.use(await weighted(device, plain, chunks.map(({ weights }) => weights)));
        parts.push({ hidden, ...(pooled && { pooled }) });
      }
      const isZero = prompts.map((prompt) => prompt === undefined && zerosForEmpty);
      const pooled = parts.at(-1)!.pooled;
      return {
        given: {
          context: sideBySide(device, parts.map(({ hidden }) => hidden), isZero, count),
          ...(pooled && { pooled: everyNth(device, pooled, isZero, count) }),
        },
        cut: chunked[0]!.map((each) => tokensIn(each.slice(count), graphs[0]!)),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const graph of graphs) await graph[Symbol.asyncDispose]();
    },
  };
}

/** [B·M, N, D] of each encoder to [B, M·N, ΣD]; rows that are to be zero are. */
function sideBySide(device: Device, parts: readonly Context[], isZero: readonly boolean[], chunks: number): Context {
  const tokens = chunks * parts[0]!.dims[1]!;
  const widths = parts.map(({ dims }) => dims[2]!);
  const width = widths.reduce((sum, each) => sum + each, 0);
  using nothing = device.upload("B N D", [1, tokens, width], new Float32Array(tokens * width));
  const slices = isZero.flatMap((zero, row): Slice[] => {
    if (zero) return [{ of: nothing, start: 0, length: tokens * width }];
    const [only, ...others] = parts;
    if (others.length === 0) return [{ of: only!, start: row * tokens * width, length: tokens * width }];
    return Array.from(
      { length: tokens },
      (_, token) => parts.map((of, i) => ({ of, start: (row * tokens + token) * widths[i]!, length: widths[i]! })),
    ).flat();
  });
  return device.assemble("B N D", [isZero.length, tokens, width], slices);
}

/** The first of each so many rows; rows that are to be zero are. */
function everyNth(device: Device, rows: Tensor<"B N">, isZero: readonly boolean[], n: number): Tensor<"B N"> {
  const length = rows.dims[1]!;
  using nothing = device.upload("B N", [1, length], new Float32Array(length));
  const slices = isZero.map((zero, row) =>
    zero ? { of: nothing, start: 0, length } : { of: rows, start: row * n * length, length }
  );
  return device.assemble("B N", [isZero.length, length], slices);
}

/** How many tokens of a text are in chunks, special ones and padding aside. */
function tokensIn(chunks: readonly Chunk[], { tokenizer }: ClipGraph): number {
  return chunks.reduce((sum, { ids }) => sum + ids.indexOf(tokenizer.eos, 1) - 1, 0);
}
