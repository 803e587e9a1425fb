import { expect } from "@std/expect";
import type { Jobs } from "../../pipeline/jobs/jobs.ts";
import type { ModelPool } from "../../pipeline/model_pool/model_pool.ts";
import { type AppOptions, createApp } from "../../routes/app.ts";
import { ProblemSchema } from "../../routes/answers/problem.ts";
import { FakeGenerators } from "./fake_generators.ts";
import { fakeJobs } from "./fake_jobs.ts";
import { MODEL } from "./models.ts";

/** The headers of a JSON body. */
export const JSON_TYPE: Readonly<Record<string, string>> = { "content-type": "application/json" };

/** What a refusal says. */
export interface Refusal {
  readonly detail: string;
  readonly param: string | null;
  readonly errors: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[] | undefined;
}

/** The app on a fake generator, as it stands on a loopback address, and ways to ask it. */
export class FakeService {
  readonly generators = new FakeGenerators();
  readonly fake = this.generators.fake;
  /** What the server's log was told. */
  readonly failures: unknown[] = [];
  /** Loads models when it is told to; jobs go to the fake generator without it. */
  readonly pool: ModelPool;
  readonly jobs: Jobs;
  readonly app: ReturnType<typeof createApp>;

  /** @param options what differs from the usual */
  constructor({ models: offered = [MODEL], ...options }: Partial<AppOptions> = {}) {
    this.pool = this.generators.pool({ models: offered });
    const { models } = this.pool;
    const onFailure = (error: unknown) => void this.failures.push(error);
    this.jobs = options.jobs ?? fakeJobs(this.fake.generate, { models, onFailure });
    this.app = createApp({
      jobs: this.jobs,
      models,
      pool: this.pool,
      version: "latentd 9.9.9",
      state: () => "ready",
      hosts: ["localhost", "127.0.0.1", "[::1]"],
      limits: { bytes: 100_000, deadline: 50 },
      onFailure,
      ...options,
    });
  }

  /** Sends a request with a Host that is ours. */
  async send(
    path: string,
    { headers = {}, ...init }: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return await this.app.request(path, { ...init, headers: { host: "localhost:8000", ...headers } });
  }

  /** Asks for pictures. */
  async post(body: BodyInit, headers = JSON_TYPE): Promise<Response> {
    return await this.send("/v1/generate", { method: "POST", headers, body });
  }

  /** Checks status and shape of a refusal, and that no work was done for it. */
  async refusal(response: Response, status: number, code: string): Promise<Refusal> {
    expect({ status: response.status, body: await response.clone().json() }).toMatchObject({
      status,
      body: { status },
    });
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("x-should-retry")).toBe(String(response.headers.has("retry-after")));
    const problem = ProblemSchema.strict().parse(await response.json());
    expect(problem.type).toBe(`urn:latentd:error:${code}`);
    expect(problem.error.code).toBe(code);
    expect(problem.error.message).toBe(problem.detail);
    expect(problem.instance).toBe(response.headers.get("x-request-id"));
    expect(JSON.stringify(problem)).not.toMatch(/\.ts:|at \w+ \(|file:/);
    expect(this.fake.requests).toEqual([]);
    return { detail: problem.detail, param: problem.error.param, errors: problem.errors };
  }
}
