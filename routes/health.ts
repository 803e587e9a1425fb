import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { problems } from "./openapi/documents.ts";
import { checkReady, type Service } from "./service.ts";

const StatusSchema = z.object({ status: z.string() }).meta({ id: "Status" });
const ok = (description: string, schema: z.ZodType = StatusSchema) => ({
  200: { description, content: { "application/json": { schema } } },
});
const livez = createRoute({
  method: "get",
  path: "/livez",
  summary: "Whether the process answers",
  responses: ok("It does"),
});
const readyz = createRoute({
  method: "get",
  path: "/readyz",
  summary: "Whether the server takes work: the model is loaded and it is not shutting down",
  responses: { ...ok("It does"), ...problems(503) },
});
const NO_STORE = { "cache-control": "no-store" };

/** The same under the names of llama.cpp and KServe. */
const aliases = [
  createRoute({ ...readyz, path: "/health" }),
  createRoute({ ...livez, path: "/v2/health/live", responses: ok("It does", z.object({ live: z.literal(true) })) }),
  createRoute({
    ...readyz,
    path: "/v2/health/ready",
    responses: { ...ok("It does", z.object({ ready: z.literal(true) })), ...problems(503) },
  }),
];

/** `GET /livez` and `GET /readyz`, also as `/health`, `/v2/health/live` and `/v2/health/ready`. */
export function healthRoutes(service: Service): OpenAPIHono {
  const app = new OpenAPIHono();
  app.openapi(livez, (c) => c.json({ status: "alive" }, 200, NO_STORE));
  app.openapi(readyz, (c) => {
    checkReady(service);
    return c.json({ status: "ready" }, 200, NO_STORE);
  });
  for (const alias of aliases) app.openAPIRegistry.registerPath(alias);
  app.get("/health", (c) => {
    checkReady(service);
    return c.json({ status: "ok" }, 200, NO_STORE);
  });
  app.get("/v2/health/live", (c) => c.json({ live: true }, 200, NO_STORE));
  app.get("/v2/health/ready", (c) => {
    checkReady(service);
    return c.json({ ready: true }, 200, NO_STORE);
  });
  return app;
}
