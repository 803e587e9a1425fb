/**
 * From a job's events to an answer, in each of the formats.
 *
 * @module
 */
import { echoOf } from "../../pipeline/jobs/store/request_record.ts";
import { type Job, jobHeaders, noticeHeader, type Picture, pictureHeaders, toPng } from "./job.ts";
import { answerMixed, answerReplacing } from "./multipart_answers.ts";
import type { Format } from "./negotiation.ts";

/** What makes the answer in each format. */
export const ANSWERS = {
  "image/png": answerPng,
  "application/json": answerJson,
  "multipart/mixed": answerMixed,
  "multipart/x-mixed-replace": answerReplacing,
} as const satisfies Readonly<Record<Format, (job: Job) => Promise<Response>>>;

async function answerPng(job: Job): Promise<Response> {
  const { pictures: [picture], notices } = await finish(job);
  return new Response(toPng(job, picture!), {
    headers: { ...pictureHeaders(job, picture!), ...noticeHeader(notices) },
  });
}

async function answerJson(job: Job): Promise<Response> {
  const { pictures, notices } = await finish(job);
  const images = await Promise.all(pictures.map(async (picture) => ({
    index: picture.index,
    seed: picture.seed,
    png: (await new Response(toPng(job, picture)).bytes()).toBase64(),
  })));
  return Response.json(
    { request: echoOf(job.request), model_hash: job.model.hash, images, timings: pictures.at(-1)!.timings, notices },
    { headers: jobHeaders(job) },
  );
}

async function finish({ events }: Job): Promise<{ readonly pictures: Picture[]; readonly notices: string[] }> {
  const pictures: Picture[] = [];
  const notices: string[] = [];
  for await (const event of events) {
    if (event.type === "image") pictures.push(event);
    if (event.type === "notice") notices.push(event.message);
  }
  return { pictures, notices };
}
