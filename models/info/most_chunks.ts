import { fixedDim } from "../graphs/run_rows.ts";
import { portsOf } from "./part_configs.ts";

/** Most chunks of a prompt: 600 tokens, more than anyone writes; cost grows with them. */
const MAX_CHUNKS = 8;

/**
 * How many chunks a prompt may have: what the denoiser's context has room for, which some exports have fixed.
 *
 * @param length tokens of a chunk
 */
export async function mostChunks(folder: string, length: number): Promise<number> {
  const context = (await portsOf(folder, "unet"))?.inputs.find(({ name }) => name === "encoder_hidden_states");
  const fixed = fixedDim(context?.dims[1]);
  return fixed === undefined ? MAX_CHUNKS : Math.max(1, Math.floor(fixed / length));
}
