import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { digestOf } from "../routes/auth/api_key.ts";
import { ServerMetrics } from "../routes/observe/server_metrics.ts";
import { type MetricInfo, METRICS } from "../routes/observe/metric_table.ts";
import { fakeJobs } from "./fakes/fake_jobs.ts";
import { FakeGenerate } from "./fakes/fake_generate.ts";
import { FakeGenerators } from "./fakes/fake_generators.ts";
import { FakeService } from "./fakes/fake_service.ts";
import { MODEL } from "./fakes/models.ts";

describe("GET /metrics", () => {
  let fake: FakeGenerate;
  let metrics: ServerMetrics;
  let service: FakeService;
  beforeEach(() => {
    fake = new FakeGenerate();
    metrics = new ServerMetrics("latentd 9.9.9");
    const jobs = fakeJobs(
      (request, options) => fake.generate(request, { ...options, onEvaluation: metrics.watchEvaluation }),
      { watches: [metrics.watchJob], onEncode: () => metrics.watchEncoding, limit: 1 },
    );
    service = new FakeService({ jobs, metrics, onEncode: () => metrics.watchEncoding });
  });

  const ask = async (path: string, init: RequestInit = {}) =>
    await (await service.send(path, init as { headers?: Record<string, string> })).bytes();
  /** Values by name and labels, as they stand in the text. */
  const samples = async (): Promise<ReadonlyMap<string, number>> => {
    const text = new TextDecoder().decode(await ask("/metrics"));
    return new Map(
      text.split("\n").filter((line) => /^\w/.test(line)).map((line) => {
        const [, name, value] = /^(\S+(?:\{.*\})?) (\S+)$/.exec(line)!;
        return [name!, Number(value)];
      }),
    );
  };

  it("is in Prometheus' text format, and has every metric of the table", async () => {
    const response = await service.send("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const text = await response.text();
    for (const [name, { type, help }] of Object.entries<MetricInfo>(METRICS)) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
    expect(text.match(/^# TYPE /gm)).toHaveLength(Object.keys(METRICS).length);
    expect(text).toContain(`latentd_build_info{version="9.9.9",deno="${Deno.version.deno}"} 1\n`);
    expect((await samples()).get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect((await samples()).get("process_cpu_seconds_total")).toBeGreaterThan(0);
  });

  it("is told in docs/operate.md, row by row", async () => {
    const docs = await Deno.readTextFile(new URL("../docs/operate.md", import.meta.url));
    const cells = docs.split("\n").filter((line) => /^\| `(latentd|process)_/.test(line))
      .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim().replaceAll("`", "")));
    const table = Object.entries<MetricInfo>(METRICS)
      .map(([name, { type, labels = [], help }]) => [name, type, labels.join(", "), help]);
    expect(cells).toEqual(table);
  });

  it("counts requests by template, method and class of status, and refusals by code", async () => {
    for (const path of ["/v1/generate?prompt=x&steps=0", "/v1/generate?prompt=x&steps=1", "/v1/jobs/a", "/v1/jobs/b"]) {
      await ask(path);
    }
    await ask(`/${"x".repeat(50)}`);
    await ask("/v1/models", { method: "BREW" });
    const told = await samples();
    const requests = (labels: string) => told.get(`latentd_http_requests_total{${labels}}`);
    expect(requests('method="GET",route="/v1/generate",status="4xx"')).toBe(1);
    expect(requests('method="GET",route="/v1/generate",status="2xx"')).toBe(1);
    expect(requests('method="GET",route="/v1/jobs/:id",status="4xx"')).toBe(2);
    expect(requests('method="GET",route="none",status="4xx"')).toBe(1);
    expect(requests('method="other",route="none",status="4xx"')).toBe(1);
    expect(told.get('latentd_http_problems_total{code="out_of_range"}')).toBe(1);
    expect(told.get('latentd_http_problems_total{code="job_not_found"}')).toBe(2);
    expect(told.get('latentd_http_request_duration_seconds_count{method="GET",route="/v1/jobs/:id"}')).toBe(2);
    expect(told.get("latentd_http_response_bytes_total")).toBeGreaterThan(500);
  });

  it("counts jobs by end and reason, pictures, steps and seconds", async () => {
    await ask("/v1/generate?prompt=x&steps=3&count=2", { headers: { accept: "application/json" } });
    fake.failure = { after: 1, error: new Error("no") };
    await ask("/v1/generate?prompt=x&steps=3");
    fake.failure = undefined;
    fake.stepTime = 20;
    const put = { method: "PUT", headers: { "content-type": "application/json" }, body: '{"prompt":"x","steps":50}' };
    await ask("/v1/jobs/a", put);
    await ask("/v1/jobs/b", put);
    expect(new TextDecoder().decode(await ask("/v1/jobs/c", put))).toContain("queue_full");
    let told = await samples();
    expect([told.get("latentd_jobs_running"), told.get("latentd_jobs_waiting"), told.get("latentd_job_slots")])
      .toEqual([1, 1, 1]);
    for (const id of ["a", "b"]) await ask(`/v1/jobs/${id}`, { method: "DELETE" });
    const gone = new AbortController();
    const asked = ask("/v1/generate?prompt=x&steps=50", { signal: gone.signal });
    setTimeout(() => gone.abort(), 10);
    await asked;
    await ask("/v1/generate?prompt=x&steps=200", { headers: { prefer: "wait=1" } });
    await service.jobs.quiet();

    told = await samples();
    const jobs = [...told].filter(([name]) => name.startsWith("latentd_jobs_total{"));
    expect(Object.fromEntries(jobs)).toEqual({
      'latentd_jobs_total{model="emoji-128",outcome="succeeded",reason=""}': 1,
      'latentd_jobs_total{model="emoji-128",outcome="failed",reason="internal_error"}': 1,
      'latentd_jobs_total{model="",outcome="rejected",reason="queue_full"}': 1,
      'latentd_jobs_total{model="emoji-128",outcome="canceled",reason="job_canceled"}': 2,
      'latentd_jobs_total{model="emoji-128",outcome="canceled",reason="client_gone"}': 1,
      'latentd_jobs_total{model="emoji-128",outcome="expired",reason="deadline_exceeded"}': 1,
    });
    expect(told.get('latentd_pictures_total{model="emoji-128"}')).toBe(2);
    expect(told.get('latentd_steps_total{model="emoji-128"}')).toBeGreaterThanOrEqual(2 * 3);
    expect(told.get('latentd_job_duration_seconds_count{outcome="expired"}')).toBe(1);
    expect(told.get('latentd_job_duration_seconds_sum{outcome="expired"}')).toBeGreaterThanOrEqual(1);
    // Every job but the one that failed and those that were canceled while they waited told of a first step.
    expect(told.get("latentd_job_first_step_seconds_count")).toBeGreaterThanOrEqual(2);
    // The fake tells the same times, 1.5, 20 and 3 ms, with every event of a job: they count once each.
    const stepped = told.get("latentd_job_first_step_seconds_count")!;
    expect(told.get('latentd_stage_seconds_total{stage="denoise"}')).toBeCloseTo(0.02 * stepped, 9);
    expect(told.get('latentd_stage_seconds_total{stage="decode"}')).toBeCloseTo(0.003 * stepped, 9);
    expect(told.get('latentd_stage_seconds_total{stage="encode"}')).toBeGreaterThan(0);
  });

  it("tells which models are loaded, not while they load or their device is lost, and forgets those given up", async () => {
    const generators = new FakeGenerators();
    let files = MODEL;
    let opening = Promise.withResolvers<void>();
    const pool = generators.pool({
      models: [MODEL, { ...MODEL, name: "other" }],
      open: (model) => opening.promise.then(() => generators.open(model)),
      read: () => Promise.resolve(files),
    });
    service = new FakeService({ metrics, pool });
    const toldIn = async (states: string) => {
      while (pool.loaded().map(({ state }) => state).join() !== states) await new Promise((go) => setTimeout(go, 1));
      return [...await samples()].filter(([name]) => /^latentd_model_(loaded|bytes)/.test(name));
    };
    const of = (loaded: number, bytes: number) => [
      ['latentd_model_loaded{model="emoji-128"}', loaded],
      ['latentd_model_bytes{model="emoji-128"}', bytes],
    ];
    expect(await toldIn("")).toEqual([]);
    const loading = pool.load(MODEL.name);
    expect(await toldIn("loading")).toEqual(of(0, 100));
    opening.resolve();
    await loading;
    expect(await toldIn("ready")).toEqual(of(1, 100));
    // Its files have changed: it serves until what they hold now is loaded beside it.
    [files, opening] = [{ ...MODEL, hash: "1" }, Promise.withResolvers()];
    const again = pool.load(MODEL.name);
    expect(await toldIn("ready,loading")).toEqual(of(1, 200));
    opening.resolve();
    await again;
    generators.obstacles.set(MODEL.name, new Error("No adapter"));
    generators.lose(MODEL.name);
    expect(await toldIn("lost")).toEqual(of(0, 100));
    await pool.unload(MODEL.name);
    expect(await toldIn("")).toEqual([]);
  });

  it("counts what happens to models", async () => {
    const device = { name: "wasm", description: "" } as const;
    metrics.watchModel({ type: "loading", model: MODEL });
    metrics.watchModel({ type: "loaded", model: MODEL, device, time: 400 });
    metrics.watchModel({ type: "lost", model: MODEL, error: new Error("gone") });
    const told = await samples();
    expect(told.get('latentd_model_load_seconds_bucket{le="0.25"}')).toBe(0);
    expect(told.get('latentd_model_load_seconds_bucket{le="0.5"}')).toBe(1);
    expect([...told].filter(([name]) => name.startsWith("latentd_model_changes_total"))).toEqual([
      ['latentd_model_changes_total{model="emoji-128",change="loaded"}', 1],
      ['latentd_model_changes_total{model="emoji-128",change="lost"}', 1],
    ]);
  });

  it("needs a key where everything does, unless it was said that it does not", async () => {
    const keys = () => [{ name: "alice", sha256: digestOf("latentd_0123456789abcdef"), limits: {} }];
    const statusOf = async (options: { metricsPublic?: boolean }, path: string) => {
      const response = await new FakeService({ keys, ...options }).send(path);
      await response.text();
      return response.status;
    };
    expect(await statusOf({}, "/metrics")).toBe(401);
    expect(await statusOf({ metricsPublic: true }, "/metrics")).toBe(200);
    for (const path of ["/metrics/", "/METRICS", "/v1/models", "/v1/models?/metrics"]) {
      expect([path, await statusOf({ metricsPublic: true }, path)]).toEqual([path, 401]);
    }
  });

  it("tells nothing of clients", async () => {
    const keys = () => [{ name: "alice", sha256: digestOf("latentd_0123456789abcdef"), limits: {} }];
    service = new FakeService({ keys, jobs: service.jobs, metrics, metricsPublic: true });
    const headers = { authorization: "Bearer latentd_0123456789abcdef", "x-request-id": "zebra-1" };
    await ask("/v1/generate?prompt=walrus&steps=1&seed=987654", { headers });
    await ask("/v1/jobs/walrus", { headers });
    await ask("/walrus?q=walrus", { headers });
    expect(new TextDecoder().decode(await ask("/metrics"))).not.toMatch(/walrus|alice|zebra|987654|127\.0\.0\.1/);
  });
});
