import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("./fakes/traced_server.ts", import.meta.url));
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

/** A span, as OTLP has it in JSON. */
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

/** A receiver of OTLP over HTTP beside a server that sends to it. */
describe("OpenTelemetry", () => {
  let spans: Span[];
  let receiver: Deno.HttpServer<Deno.NetAddr>;
  let server: Deno.ChildProcess;
  let url: string;

  beforeEach(async () => {
    spans = [];
    receiver = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { resourceSpans = [] } = await request.json();
      for (const { scopeSpans } of resourceSpans) {
        for (const { scope, spans: some } of scopeSpans) if (scope.name === "latentd") spans.push(...some);
      }
      return Response.json({});
    });
    server = new Deno.Command(Deno.execPath(), {
      // No permission for the receiver's address, nor for the variables: Deno reads and sends by itself.
      args: ["run", "--no-prompt", "--allow-read", "--allow-net=127.0.0.1:0", SERVER],
      env: {
        OTEL_DENO: "true",
        OTEL_DENO_CONSOLE: "ignore",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.addr.port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_BSP_SCHEDULE_DELAY: "50",
      },
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    for await (const text of server.stdout.pipeThrough(new TextDecoderStream())) {
      url = text.trim();
      break;
    }
  });
  afterEach(async () => {
    server.kill("SIGKILL");
    await server.status;
    await receiver.shutdown();
  });

  async function ask(path: string, init: RequestInit = {}): Promise<void> {
    const headers = { ...init.headers, traceparent: `00-${TRACE}-${PARENT}-01` };
    await (await fetch(`${url}${path}`, { ...init, headers })).bytes();
  }
  const until = async (holds: () => boolean) => {
    for (let i = 0; i < 1000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const named = (name: string) => spans.filter((span) => span.name === name);
  const attributesOf = ({ attributes }: Span) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  const placesOf = (
    { startTimeUnixNano, endTimeUnixNano }: Span,
  ) => [BigInt(startTimeUnixNano), BigInt(endTimeUnixNano)];

  it("gets the spans of a request, its job and the job's stages, in the client's trace", async () => {
    await ask("/v1/generate?prompt=walrus&steps=4&count=2", { headers: { accept: "application/json" } });
    await until(() => named("GET /v1/generate").length > 0);
    for (const { traceId } of spans) expect(traceId).toBe(TRACE);
    const [request] = named("GET /v1/generate");
    expect(request!.parentSpanId).toBe(PARENT);
    expect(attributesOf(request!)).toMatchObject({
      "http.request.method": "GET",
      "http.route": "/v1/generate",
      "http.response.status_code": 200,
      "http.response.body.size": expect.any(Number),
    });
    const [job] = named("job");
    expect(job!.parentSpanId).toBe(request!.spanId);
    expect(attributesOf(job!)).toMatchObject({
      "gen_ai.request.model": "emoji-128",
      "latentd.size": "128x96",
      "latentd.outcome": "succeeded",
    });
    const stages = spans.filter(({ parentSpanId }) => parentSpanId === job!.spanId);
    expect(stages.map(({ name }) => name)).toEqual(["wait", "text", "denoise", "decode", "decode"]);
    // One after the other, within the job.
    const [start, end] = placesOf(job!);
    const places = stages.flatMap(placesOf);
    const tolerance = 2_000_000n; // clocks of milliseconds
    for (const [i, place] of [...places, end!].entries()) {
      expect(place + tolerance).toBeGreaterThanOrEqual(places[i - 1] ?? start!);
    }
    expect(named("encode").map(({ parentSpanId }) => parentSpanId)).toEqual([request!.spanId, request!.spanId]);
    expect(JSON.stringify(spans)).not.toContain("walrus");
  });

  it("gets those of a job that outlives its call, encoding included", async () => {
    const headers = { "content-type": "application/json" };
    await ask("/v1/jobs/a", { method: "PUT", headers, body: '{"prompt":"walrus","steps":4}' });
    await until(() => named("job").length > 0);
    const [job] = named("job");
    expect([job!.traceId, attributesOf(job!)["latentd.job.id"]]).toEqual([TRACE, "a"]);
    expect(named("PUT /v1/jobs/:id").map(({ spanId }) => spanId)).toEqual([job!.parentSpanId]);
    expect(named("encode").map(({ parentSpanId }) => parentSpanId)).toEqual([job!.spanId]);
  });

  it("gets those of a job that is canceled, up to there", async () => {
    const headers = { "content-type": "application/json" };
    await ask("/v1/jobs/a", { method: "PUT", headers, body: '{"prompt":"walrus","steps":900}' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await ask("/v1/jobs/a", { method: "DELETE" });
    await until(() => named("job").length > 0);
    expect(attributesOf(named("job")[0]!)["latentd.outcome"]).toBe("canceled");
    expect(named("denoise").map(({ parentSpanId }) => parentSpanId)).toEqual([named("job")[0]!.spanId]);
  });
});
