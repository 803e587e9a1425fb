import type { ImageFormat } from "../../../pipeline/images/encode/encode_image.ts";
import { InvalidRequestError, type Issue } from "../../../pipeline/request/request_error.ts";
import type { GenerationFields } from "./fields.ts";

/** How pictures are handed over. */
export interface Output {
  readonly format: ImageFormat;
  /** Of jpeg and webp, 0 … 100. */
  readonly compression: number;
  /** Whether addresses are told instead of base64. */
  readonly asUrl: boolean;
  readonly stream: boolean;
  readonly partialImages: number;
  /** What the answer says; there is one quality only. */
  readonly quality: string;
}

/** Of the qualities that can be asked for, those that answers can tell of, and what comes nearest to the others. */
const TOLD: Readonly<Record<string, string>> = { auto: "medium", standard: "medium", hd: "high" };

/** How pictures are to be handed over. @throws {InvalidRequestError} if the wishes do not go together */
export function readOutput(fields: Partial<GenerationFields>): Output {
  const output = {
    format: fields.output_format ?? "png",
    compression: fields.output_compression ?? 100,
    asUrl: fields.response_format === "url",
    stream: fields.stream ?? false,
    partialImages: fields.partial_images ?? 0,
    quality: TOLD[fields.quality ?? "auto"] ?? fields.quality!,
  };
  const issues = [...conflicts(output)];
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return output;
}

function* conflicts({ format, compression, asUrl, stream, partialImages }: Output): Iterable<Issue> {
  const code = "invalid_value";
  if (format === "png" && compression < 100) {
    const message = `output_compression is ${compression}, but png is lossless; leave it out, or ask for jpeg or webp`;
    yield { param: "output_compression", code, message };
  }
  if (partialImages > 0 && !stream) {
    const message = `partial_images is ${partialImages}, but only a stream can hold them; set stream to true`;
    yield { param: "partial_images", code, message };
  }
  if (asUrl && stream) {
    const message = 'response_format is "url", but a stream holds its pictures; leave it out';
    yield { param: "response_format", code, message };
  }
}
