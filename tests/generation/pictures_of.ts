import type { Generate, GenerateOptions, GenerationEvent } from "../../pipeline/generation.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";

/** The pictures of a request. */
export async function picturesOf(generate: Generate, request: GenerationRequest): Promise<readonly Pixels[]> {
  return (await eventsOf(generate, request)).flatMap((event) => event.type === "image" ? [event.image] : []);
}

/** Everything that happens to a request. */
export async function eventsOf(
  generate: Generate,
  request: GenerationRequest,
  options: Partial<GenerateOptions> = {},
): Promise<readonly GenerationEvent[]> {
  return await Array.fromAsync(generate(request, { signal: new AbortController().signal, ...options }));
}

/** The largest difference of two pictures, 0 … 255. */
export function difference(a: Pixels, b: Pixels): number {
  if (a.data.length !== b.data.length) throw new RangeError("The pictures have different sizes");
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}
