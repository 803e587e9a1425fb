import { expect } from "@std/expect";
import type { ModelInfo } from "../../models/model_info.ts";
import { TASK_NAMES } from "../../models/task_names.ts";
import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import { readRequest } from "../../pipeline/request/read_request.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";
import { InvalidRequestError, type Issue } from "../../pipeline/request/request_error.ts";
import { MODEL } from "../fakes/models.ts";

/** A model that can do every task, with sizes that differ. */
export const ALL_TASKS: ModelInfo = { ...MODEL, tasks: TASK_NAMES, upscaling: 4 };

/** A picture of one colour, as the bytes of a PNG. */
export function plainPng(width: number, height: number, colour = [200, 30, 30]): Promise<Uint8Array<ArrayBuffer>> {
  return pngOf({ width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => colour[i % 3]!) });
}

/** The bytes of a PNG. */
export async function pngOf(picture: Pixels): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(encodePng(picture)).arrayBuffer());
}

/** What is wrong with a request; nothing if it is taken. */
export async function issuesOf(body: unknown, model: ModelInfo = ALL_TASKS): Promise<readonly Issue[]> {
  try {
    await readRequest(body, [model]);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.issues;
    throw error;
  }
  return [];
}

/** The one thing that is wrong with a request. */
export async function issueOf(body: unknown, model: ModelInfo = ALL_TASKS): Promise<Issue> {
  const issues = await issuesOf(body, model);
  expect(issues).toHaveLength(1);
  return issues[0]!;
}

/** A request that is taken. */
export async function taken(body: unknown, model: ModelInfo = ALL_TASKS): Promise<GenerationRequest> {
  return (await readRequest(body, [model], () => 7)).request;
}
