import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { problems } from "./documents.ts";
import { checkReady, type Service } from "./service.ts";

const StatusSchema = z.object({ status: z.string() }).meta({ id: "Status" });
const ok = (description: string) => ({
  200: { description, content: { "application/json": { schema: StatusSchema } } },
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

/** `GET /livez` and `GET /readyz`. */
export function healthRoutes(service: Service): OpenAPIHono {
  const app = new OpenAPIHono();
  app.openapi(livez, (c) => c.json({ status: "alive" }, 200, NO_STORE));
  app.openapi(readyz, (c) => {
    checkReady(service);
    return c.json({ status: "ready" }, 200, NO_STORE);
  });
  return app;
}
