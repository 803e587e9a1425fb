import { z } from "@hono/zod-openapi";
import { titlesOf } from "../answers/problem_table.ts";
import { ProblemSchema } from "../answers/problem.ts";

/** One of a stream of server-sent events; tools check each event by itself. */
export const ServerEventSchema = z.object({
  id: z.string().optional().meta({ description: "What to send as last-event-id to go on from here" }),
  event: z.string(),
  data: z.string().meta({ description: "JSON", contentMediaType: "application/json" }),
}).meta({ id: "ServerEvent", description: "A server-sent event" });

/** OpenAPI's description of the answers to requests that fail with these statuses. */
export function problems(
  ...statuses: readonly number[]
): Record<number, { description: string; content: { "application/problem+json": { schema: typeof ProblemSchema } } }> {
  return Object.fromEntries(statuses.map((status) => [status, {
    description: titlesOf(status).join("; "),
    content: { "application/problem+json": { schema: ProblemSchema } },
  }]));
}
