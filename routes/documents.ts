import { ProblemSchema, titlesOf } from "./problem.ts";

/** OpenAPI's description of the answers to requests that fail with these statuses. */
export function problems(
  ...statuses: readonly number[]
): Record<number, { description: string; content: { "application/problem+json": { schema: typeof ProblemSchema } } }> {
  return Object.fromEntries(statuses.map((status) => [status, {
    description: titlesOf(status).join("; "),
    content: { "application/problem+json": { schema: ProblemSchema } },
  }]));
}
