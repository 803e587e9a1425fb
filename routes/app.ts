/**
 * The HTTP server's surface: guards, limits and mounts.
 *
 * @module
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, HonoRequest, MiddlewareHandler } from "hono";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { shown } from "../pipeline/request/request_error.ts";
import { a1111Routes } from "./a1111.ts";
import { admission } from "./auth/admission.ts";
import type { ApiKey } from "./auth/api_key.ts";
import { authenticate } from "./auth/authenticate.ts";
import { hostGuard, originGuard } from "./auth/guards.ts";
import { healthRoutes } from "./health.ts";
import { jobRoutes } from "./jobs.ts";
import type { BodyLimits } from "./bodies/body_chunks.ts";
import { METRICS_PATH, metricsRoutes } from "./metrics.ts";
import { modelRoutes } from "./models.ts";
import { nativeRoutes } from "./native.ts";
import { type MetricSources, ServerMetrics } from "./observe/server_metrics.ts";
import { type RequestWatch, watchRequests } from "./observe/watch_requests.ts";
import { openaiRoutes } from "./openai.ts";
import { withExamples } from "./openapi/examples.ts";
import { SECURITY, SECURITY_SCHEMES } from "./openapi/security.ts";
import { pageRoutes } from "./page.ts";
import { isOwnFailure, ProblemError, toProblem } from "./answers/problem.ts";
import { repositoryRoutes } from "./repository.ts";
import type { Service } from "./service.ts";

/** What an app needs to know. */
export interface AppOptions extends Omit<Service, "limits"> {
  /** Host names, without ports, by which the server may be called; any if absent. */
  readonly hosts?: readonly string[];
  /** Origins whose pages may ask; none if absent. */
  readonly origins?: readonly string[];
  /** Keys that are good now; nobody needs one if there never are any. */
  readonly keys?: () => readonly ApiKey[];
  readonly limits?: BodyLimits;
  /** Most width · height · steps · count of one request; what the schema of requests allows if absent. */
  readonly maxWork?: number;
  /** Milliseconds after which a client who takes nothing of its answer counts as gone. */
  readonly stall?: number;
  /** Goes around everything else, such as a span of a trace. */
  readonly around?: MiddlewareHandler;
  /** Told of every request once it is over. */
  readonly watches?: readonly RequestWatch[];
  /** What `/metrics` tells; of requests only if absent. */
  readonly metrics?: ServerMetrics;
  /** Whether `/metrics` needs no key, ever. */
  readonly metricsPublic?: boolean;
}

const LIMITS: BodyLimits = { bytes: 32_000_000, deadline: 30_000 };
const STALL = 60_000;

/** Every route behind its guards; nothing here opens a port or a device. */
export function createApp(
  { hosts, origins = [], keys = () => [], limits = LIMITS, stall = STALL, maxWork = Infinity, ...options }: AppOptions,
): OpenAPIHono {
  const { around, watches = [], metrics = new ServerMetrics(options.version), metricsPublic = false, ...rest } =
    options;
  const service: Service = { ...rest, limits };
  const app = new OpenAPIHono();
  const answer = (c: Context, error: unknown) => toProblem(error, c.get("requestId"));

  app.onError((error, c) => {
    // Nobody reads this answer; 499 is nginx's status for it.
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 });
    if (isOwnFailure(error)) service.onFailure?.(error, c.get("requestId"));
    return answer(c, error);
  });
  app.notFound((c) => {
    const methods = app.routes.filter(({ path, method }) => method !== "ALL" && matches(path, c.req.path))
      .map(({ method }) => method);
    const allow = methods.join(", ");
    if (methods.length > 0 && c.req.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { allow } });
    }
    return answer(c, missing(c.req, allow));
  });

  if (around) app.use(around);
  app.use(watchRequests([metrics.watchRequest, ...watches]));
  app.use(requestId({ limitLength: 64 }));
  app.use(async (c, next) => {
    await next();
    c.res.headers.set("x-request-id", c.get("requestId")); // Hono's own sets it only on answers made by its context
  });
  app.use(secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    strictTransportSecurity: false, // meaningless without TLS
    xFrameOptions: "DENY",
    overwrite: false,
  }));
  if (hosts) app.use(hostGuard(hosts));
  app.use(originGuard(origins));
  app.use(authenticate(keys, metricsPublic ? [METRICS_PATH] : []));
  app.use(admission({ stall, maxWork, active: (owner) => service.jobs.active(owner).length }));

  app.route("/", pageRoutes());
  app.route("/", healthRoutes(service));
  app.route("/", metricsRoutes(metrics, () => sourcesOf(service)));
  app.route("/", modelRoutes(service));
  app.route("/", repositoryRoutes(service));
  app.route("/", nativeRoutes(service));
  app.route("/", jobRoutes(service));
  app.route("/", openaiRoutes(service));
  app.route("/", a1111Routes(service));
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
  }
  const document = () =>
    withExamples(app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "latentd",
        version: service.version.replace(/^latentd /, ""),
        description: "Pictures from prompts, by latent diffusion",
        license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      },
      security: SECURITY,
    }));
  let told: ReturnType<typeof document> | undefined;
  app.get("/openapi.json", (c) => c.json(told ??= document()));
  return app;
}

/** What the metrics look at. */
function sourcesOf({ jobs, pool, state }: Service): MetricSources {
  return { isReady: state() === "ready", jobs: jobs.counts, models: pool.loaded() };
}

function matches(route: string, path: string): boolean {
  return new URLPattern({ pathname: route }).test({ pathname: path });
}

function missing({ method, path }: HonoRequest, allow: string): ProblemError {
  if (allow === "") return new ProblemError("not_found", `path is ${shown(path)}; /openapi.json tells what there is`);
  return new ProblemError("method_not_allowed", `method is ${method}; ${path} takes ${allow}`, { allow });
}
