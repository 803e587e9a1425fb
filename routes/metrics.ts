import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { problems } from "./openapi/documents.ts";
import type { MetricSources, ServerMetrics } from "./observe/server_metrics.ts";

/** Where the metrics are. */
export const METRICS_PATH = "/metrics";

const route = createRoute({
  method: "get",
  path: METRICS_PATH,
  summary: "What the server has done and does, in the text format of Prometheus",
  responses: {
    200: { description: "The metrics", content: { "text/plain": { schema: z.string() } } },
    ...problems(401, 403),
  },
});

/** `GET /metrics`. */
export function metricsRoutes(metrics: ServerMetrics, sources: () => MetricSources): OpenAPIHono {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerPath(route);
  app.get(METRICS_PATH, () => metrics.answer(sources()));
  return app;
}
