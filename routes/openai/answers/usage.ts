import { z } from "@hono/zod-openapi";
import type { ModelInfo } from "../../../models/model_info.ts";
import type { GenerationRequest } from "../../../pipeline/request/request.ts";

const TokensSchema = z.object({ text_tokens: z.int(), image_tokens: z.int() });

/** What networks read and wrote, in OpenAI's shape. */
export const UsageSchema = z.object({
  input_tokens: z.int(),
  input_tokens_details: TokensSchema,
  output_tokens: z.int(),
  output_tokens_details: TokensSchema,
  total_tokens: z.int(),
}).meta({
  id: "OpenaiUsage",
  description: "Text tokens are those of the text encoder's window, padding included; image tokens are latents",
});

/** What it took to make `count` pictures. */
export function usageOf(
  request: GenerationRequest,
  { factor, maxTokens }: ModelInfo,
  count: number,
): z.infer<typeof UsageSchema> {
  const latents = (request.width / factor) * (request.height / factor);
  const input = { text_tokens: maxTokens, image_tokens: "image" in request ? latents : 0 };
  const output = { text_tokens: 0, image_tokens: latents * count };
  return {
    input_tokens: input.text_tokens + input.image_tokens,
    input_tokens_details: input,
    output_tokens: output.image_tokens,
    output_tokens_details: output,
    total_tokens: input.text_tokens + input.image_tokens + output.image_tokens,
  };
}
