import { encodeImage } from "../../../pipeline/images/encode/encode_image.ts";
import type { Pixels } from "../../../pipeline/images/pixels.ts";
import { pictureText } from "../../../pipeline/picture_text.ts";
import { resultSize } from "../../../pipeline/request/request.ts";
import type { Job } from "../../answers/job.ts";
import { timeStream } from "../../observe/time_stream.ts";
import type { Output } from "../request/output.ts";

/** A request that is being worked on, with how its pictures are wanted. */
export interface ImagesJob extends Omit<Job, "delivery"> {
  readonly output: Output;
}

/** A picture's file, with what made it written into it; previews have no seed and no text. */
export function fileOf(
  { request, model, version, output, onEncode }: ImagesJob,
  image: Pixels,
  seed?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = seed === undefined ? {} : pictureText(request, model, seed, version);
  const file = encodeImage(image, output.format, text, output.compression);
  return new Response(timeStream(file, onEncode)).bytes();
}

/** What every answer and event tells of its pictures. */
export function aboutPictures({ request, output }: ImagesJob): {
  readonly size: string;
  readonly quality: string;
  readonly background: "opaque";
  readonly output_format: Output["format"];
} {
  const { width, height } = resultSize(request);
  return {
    size: `${width}x${height}`,
    quality: output.quality,
    background: "opaque",
    output_format: output.format,
  };
}

/** Seconds since 1970. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
