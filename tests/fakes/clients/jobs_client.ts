import { expect } from "@std/expect";
import type { z } from "zod";
import type { AppOptions } from "../../../routes/app.ts";
import { ProblemSchema } from "../../../routes/answers/problem.ts";
import { JobSchema } from "../../../routes/jobs/job_json.ts";
import { FakeService, JSON_TYPE } from "../fake_service.ts";
import { type Told, toldBy } from "./read_events.ts";

/** A job as the API tells it. */
type JobJson = z.infer<typeof JobSchema>;

/** Asks the routes of jobs, each time for the same small picture unless told otherwise. */
export class JobsClient {
  readonly ask: Readonly<Record<string, unknown>> = { prompt: "x", width: 64, height: 64, seed: 7, steps: 4 };
  readonly service: FakeService;

  /** @param options of the app, what differs from the usual */
  constructor(options: Partial<AppOptions> = {}) {
    this.service = new FakeService({ keepAlive: 5, ...options });
  }

  /** Asks for a job. */
  post(change: Record<string, unknown> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.#send("POST", "/v1/jobs", change, headers);
  }

  /** Asks for a job under an id of one's own. */
  put(id: string, change: Record<string, unknown> = {}): Promise<Response> {
    return this.#send("PUT", `/v1/jobs/${id}`, change);
  }

  /** Asks for a job and gives its id. */
  async begin(change: Record<string, unknown> = {}): Promise<string> {
    return (await this.jobIn(await this.post(change))).id;
  }

  /** A job as it is now. */
  async get(id: string): Promise<JobJson> {
    return await this.jobIn(await this.service.send(`/v1/jobs/${id}`));
  }

  /** What happens to a job, when that has ended. */
  async events(id: string, query = "", headers: Readonly<Record<string, string>> = {}): Promise<readonly Told[]> {
    return toldBy(await (await this.service.send(`/v1/jobs/${id}/events${query}`, { headers })).text());
  }

  /** The job that an answer tells of. */
  async jobIn(answer: Response): Promise<JobJson> {
    return JobSchema.strict().parse(await answer.json());
  }

  /** What an answer says that refuses, of which status and code are checked. */
  async refusal(answer: Response, status: number, code: string): Promise<z.infer<typeof ProblemSchema>> {
    expect(answer.status).toBe(status);
    const problem = ProblemSchema.strict().parse(await answer.json());
    expect(problem.error.code).toBe(code);
    return problem;
  }

  #send(
    method: string,
    path: string,
    change: Record<string, unknown>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const body = JSON.stringify({ ...this.ask, ...change });
    return this.service.send(path, { method, headers: { ...JSON_TYPE, ...headers }, body });
  }
}
