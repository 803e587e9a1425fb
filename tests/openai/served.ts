import OpenAI, { type ClientOptions } from "openai";
import { type HttpServer, listen } from "../../cli/http/http_server.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import { type AppOptions, createApp } from "../../routes/app.ts";
import { FakeGenerators } from "../fakes/fake_generators.ts";
import { FakeGenerate } from "../fakes/fake_generate.ts";
import { fakeJobs } from "../fakes/fake_jobs.ts";
import { MODEL } from "../fakes/models.ts";

/** The app on a fake generator behind a real port, and OpenAI's own client of it. */
export class Served implements AsyncDisposable {
  readonly fake = new FakeGenerate();
  /** What the server's log was told. */
  readonly failures: unknown[] = [];
  /** Every request that came: method, path and the number of the retry. */
  readonly seen: string[] = [];
  #server: HttpServer | undefined;

  /**
   * Opens it.
   *
   * @param options what differs from the usual
   * @param limit how many jobs may wait
   */
  static async open(options: Partial<AppOptions> = {}, limit = 32): Promise<Served> {
    const served = new Served();
    const models: readonly ModelInfo[] = [MODEL, { ...MODEL, name: "other", tasks: ["text-to-image"] }];
    const app = createApp({
      jobs: fakeJobs(served.fake.generate, { limit }),
      models,
      pool: new FakeGenerators().pool({ models }),
      version: "latentd 9.9.9",
      state: () => "ready",
      hosts: ["127.0.0.1"],
      onFailure: (error) => served.failures.push(error),
      ...options,
    });
    served.#server = await listen({ host: "127.0.0.1", port: 0 }, (request) => {
      const { pathname } = new URL(request.url);
      served.seen.push([request.method, pathname, request.headers.get("x-stainless-retry-count") ?? "-"].join(" "));
      return app.fetch(request);
    });
    return served;
  }

  /** Where clients find it, without a slash. */
  get url(): string {
    return `http://127.0.0.1:${this.#server!.addr.port}`;
  }

  /** OpenAI's client as people set it up; it tries once unless told otherwise. */
  client(options: ClientOptions = {}): OpenAI {
    return new OpenAI({ apiKey: "none", baseURL: `${this.url}/v1`, maxRetries: 0, ...options });
  }

  /** Sends a request as a plain HTTP client would. */
  post(path: string, body: unknown): Promise<Response> {
    if (body instanceof FormData) return fetch(`${this.url}/v1/images/${path}`, { method: "POST", body });
    const headers = { "content-type": "application/json" };
    return fetch(`${this.url}/v1/images/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server!.shutdown();
  }
}

/** Waits for something that must come; the test runner's own limit ends the wait if it does not. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
