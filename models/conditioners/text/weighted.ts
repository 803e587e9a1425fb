import type { Device } from "../../../runtime/device.ts";
import type { Context } from "../../../runtime/tensor.ts";
import { emphasize } from "../../tokenizers/emphasis.ts";
import { type Fragment, parsePromptAttention } from "../../tokenizers/prompt_attention.ts";

/**
 * A prompt as pieces with weights.
 *
 * @param emphasis whether brackets and BREAK have a meaning
 * @throws {SyntaxError} if a weight is no number
 */
export function fragmentsOf(prompt: string, emphasis: boolean): readonly Fragment[] {
  return emphasis ? parsePromptAttention(prompt) : [{ text: prompt, weight: 1 }];
}

/**
 * Weighs hidden states [M, N, D], each sequence by itself; without weights other than 1 they stay where they are.
 *
 * @param weights N numbers for each of the M sequences
 * @param hidden disposed if the result is another tensor
 */
export async function weighted(
  device: Device,
  hidden: Context,
  weights: readonly (readonly number[])[],
): Promise<Context> {
  if (weights.every((row) => row.every((weight) => weight === 1))) return hidden;
  using plain = hidden;
  const numbers = await plain.read();
  const length = numbers.length / weights.length;
  weights.forEach((row, i) => numbers.set(emphasize(numbers.slice(i * length, (i + 1) * length), row), i * length));
  return device.upload("B N D", plain.dims, numbers);
}
