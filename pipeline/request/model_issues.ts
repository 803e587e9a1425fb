/**
 * What a model cannot do with the values of a request that are right by themselves.
 *
 * @module
 */
import type { ModelInfo } from "../../models/model_info.ts";
import { parsePromptAttention } from "../../models/tokenizers/prompt_attention.ts";
import type { GenerationRequest } from "./request.ts";
import type { Issue } from "./request_error.ts";

/** Weights in prompts that are no numbers. */
export function emphasisIssues(request: GenerationRequest, { maxTokens }: ModelInfo): Issue[] {
  if (!request.emphasis || maxTokens === 0) return [];
  return (["prompt", "negative_prompt", "prompt_to"] as const).flatMap((param): Issue[] => {
    try {
      parsePromptAttention(request[param] ?? "");
      return [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const message = `${error.message.replace(/^Prompt/, param)}; or set emphasis to false`;
      return [{ param, code: "invalid_prompt", message }];
    }
  });
}

/** More layers skipped than the text encoder shows. */
export function clipSkipIssues(
  { clip_skip = 1 }: GenerationRequest,
  { name, text, maxClipSkip = 1 }: ModelInfo,
): Issue[] {
  if (clip_skip <= maxClipSkip) return [];
  const why = text === "bert"
    ? `the text encoder of ${name} is no CLIP`
    : `the text encoder of ${name} was exported without output_hidden_states`;
  const wish = maxClipSkip === 1 ? `it must be 1, for ${why}` : `${name} has ${maxClipSkip} layers`;
  return [{ param: "clip_skip", code: "out_of_range", message: `clip_skip is ${clip_skip}; ${wish}` }];
}

/** A size for which the model's graphs were not exported. */
export function fixedSizeIssues(
  { width, height }: Pick<GenerationRequest, "width" | "height">,
  { name, fixedSize }: ModelInfo,
): Issue[] {
  if (!fixedSize || (width === fixedSize.width && height === fixedSize.height)) return [];
  const wish = `${name} was exported for ${fixedSize.width}x${fixedSize.height} only`;
  return [{ param: "width", code: "invalid_size", message: `width and height are ${width}x${height}, but ${wish}` }];
}
