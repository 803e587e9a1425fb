/** What a picture was made from, as the `parameters` text tells it. */
export interface GenerationParameters {
  readonly prompt: string;
  /** Left out of the text where empty. */
  readonly negative_prompt?: string;
  readonly steps: number;
  /** Sampler name in AUTOMATIC1111's spelling, such as `DDIM` or `Euler a`. */
  readonly scheduler: string;
  /** How its noise falls, in AUTOMATIC1111's spelling, such as `Karras`; left out of the text where absent. */
  readonly schedule?: string | undefined;
  /** Guidance scale of classifier-free guidance. */
  readonly guidance: number;
  readonly seed: number | bigint;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  readonly model: string;
  /** First ten hexadecimal digits of the SHA-256. */
  readonly model_hash: string;
  /** Further pairs under AUTOMATIC1111's keys, such as `Denoising strength`, `Eta` or `RNG`. */
  readonly extra?: Readonly<Record<string, string | number>>;
  /** Name and version of the program. */
  readonly version: string;
}

/**
 * Writes what a picture was made from in the format of AUTOMATIC1111's `create_infotext` (modules/processing.py), which
 * image browsers and other servers read from the PNG text chunk `parameters`: prompt, negative prompt, one line of pairs.
 */
export function parametersText(from: GenerationParameters): string {
  const pairs = {
    "Steps": from.steps,
    "Sampler": from.scheduler,
    ...(from.schedule !== undefined && { "Schedule type": from.schedule }),
    "CFG scale": from.guidance,
    "Seed": from.seed,
    "Size": `${from.width}x${from.height}`,
    "Model hash": from.model_hash,
    "Model": from.model,
    ...from.extra,
    "Version": from.version,
  };
  const negative = from.negative_prompt ? `\nNegative prompt: ${from.negative_prompt}` : "";
  const line = Object.entries(pairs).map(([key, value]) => `${key}: ${quote(String(value))}`).join(", ");
  return `${from.prompt}${negative}\n${line}`.trim();
}

/** Its readers split at commas and take what stands before a colon for a key (modules/infotext_utils.py, `quote`). */
function quote(value: string): string {
  return /[,:\n]/.test(value) ? JSON.stringify(value) : value;
}
