import { z } from "@hono/zod-openapi";
import { jobHeaders, noticeHeader } from "../../answers/job.ts";
import { aboutPictures, fileOf, type ImagesJob, seconds } from "./images_job.ts";
import { usageOf, UsageSchema } from "./usage.ts";

const seed = z.int().meta({ description: "Makes this picture alone; latentd's own member" });

/** All pictures, as OpenAI's clients read them. */
export const ImagesSchema = z.object({
  created: z.int().meta({ description: "Seconds since 1970" }),
  data: z.array(z.object({
    b64_json: z.string().optional().meta({ description: "Base64" }),
    url: z.string().optional().meta({ description: "Good for an hour, for anyone who has it" }),
    seed,
  })),
  size: z.string().meta({ example: "128x128" }),
  quality: z.string(),
  background: z.literal("opaque"),
  output_format: z.enum(["png", "jpeg", "webp"]),
  usage: UsageSchema,
}).meta({ id: "OpenaiImages" });

/**
 * Waits for all pictures.
 *
 * @param toUrl keeps a file and gives its address; pictures are in base64 if absent
 */
export async function answerImages(
  job: ImagesJob,
  toUrl: ((bytes: Uint8Array<ArrayBuffer>) => string) | undefined,
): Promise<Response> {
  const data: z.infer<typeof ImagesSchema>["data"] = [];
  const notices: string[] = [];
  for await (const event of job.events) {
    if (event.type === "notice") notices.push(event.message);
    if (event.type !== "image") continue;
    const file = await fileOf(job, event.image, event.seed);
    data[event.index] = { ...(toUrl ? { url: toUrl(file) } : { b64_json: file.toBase64() }), seed: event.seed };
  }
  const usage = usageOf(job.request, job.model, data.length);
  const body: z.infer<typeof ImagesSchema> = { created: seconds(), data, ...aboutPictures(job), usage };
  return Response.json(body, { headers: { ...jobHeaders(job), ...noticeHeader(notices) } });
}
