import type { ModelInfo } from "../../../models/model_info.ts";
import type { GenerationEvent } from "../../../pipeline/generation.ts";
import { encodeImage, type ImageFormat } from "../../../pipeline/images/encode/encode_image.ts";
import { JobCanceledError } from "../../../pipeline/jobs/job_errors.ts";
import { pictureText } from "../../../pipeline/picture_text.ts";
import { type GenerationRequest, seedOf } from "../../../pipeline/request/request.ts";
import { type EncodeWatch, timeStream } from "../../observe/time_stream.ts";
import { infoOf } from "./info.ts";

/** A request that is being worked on. */
export interface Work {
  readonly request: GenerationRequest;
  readonly model: ModelInfo;
  readonly version: string;
  readonly format: ImageFormat;
  readonly events: AsyncIterable<GenerationEvent>;
  /** Told of pictures' files. */
  readonly onEncode?: EncodeWatch | undefined;
}

/** A picture of an answer. */
export interface AnswerPicture {
  readonly seed: number;
  /** The `parameters` text; empty for a picture that was not finished. */
  readonly infotext: string;
  readonly base64: string;
}

/** What came of a request. */
interface Result {
  readonly pictures: readonly AnswerPicture[];
  /** How far the work was when it was interrupted, if it was. */
  readonly interrupted: string | undefined;
}

/**
 * Waits for all pictures; where the work is interrupted, for those that were finished, and the newest preview of the one in
 * work.
 *
 * @param parameters the request, for the answer to repeat
 */
export async function answerWork(work: Work, parameters: object, sendImages: boolean): Promise<Response> {
  const { pictures, interrupted } = await resultOf(work);
  const info = infoOf(work, pictures, interrupted);
  const images = sendImages ? pictures.map(({ base64 }) => base64) : [];
  return Response.json({ images, parameters, info: JSON.stringify(info) }, {
    headers: { "cache-control": "no-store" },
  });
}

async function resultOf({ events, request, model, version, format, onEncode }: Work): Promise<Result> {
  const pictures: AnswerPicture[] = [];
  let last: Extract<GenerationEvent, { type: "step" }> | undefined;
  let preview: typeof last;
  try {
    for await (const event of events) {
      if (event.type === "step") last = event;
      if (event.type === "step" && event.preview) preview = event;
      if (event.type !== "image") continue;
      const text = pictureText(request, model, event.seed, version);
      const base64 = await base64Of(timeStream(encodeImage(event.image, format, text), onEncode));
      pictures[event.index] = { seed: event.seed, infotext: text["parameters"]!, base64 };
    }
    return { pictures, interrupted: undefined };
  } catch (error) {
    if (!(error instanceof JobCanceledError)) throw error;
    const index = preview?.images[0];
    if (index !== undefined && !pictures[index]) {
      const base64 = await base64Of(encodeImage(preview!.preview!, format));
      pictures[index] = { seed: seedOf(request, index), infotext: "", base64 };
    }
    const interrupted = last ? `step ${last.step} of ${last.total}` : "before the first step";
    return { pictures: pictures.filter(() => true), interrupted }; // without holes
  }
}

async function base64Of(file: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return (await new Response(file).bytes()).toBase64();
}
