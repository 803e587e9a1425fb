import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { FakeService, JSON_TYPE } from "./fakes/fake_service.ts";

/** What an error inside may hold and no answer may. */
const SECRET = "/srv/models/unet.onnx: tensor 'conv_in.weight' at 0xdeadbeef0123, token hf_secret";
/** Paths, source positions, stacks, addresses, names of our parts. */
const LEAK =
  /file:|\/(srv|home|root|tmp|usr|work|etc)\/|node_modules|\.m?[jt]s\b|\bat \S+ \(|0x[0-9a-f]{6}|onnx|conv_in|hf_secret|[a-z]Error\b/;

const BODIES = ["", "{", "[]", '{"prompt":1}', '{"prompt":"x","steps":1e99,"model":"../../x","width":-1}'];
const QUERIES = [
  "",
  "?a=b",
  "?prompt=x&steps=x",
  "?prompt=x&prompt=y",
  "?%ff=%00",
  "?index=-1",
  "?after=x",
  "?forget=x",
];
const HEADERS: readonly Record<string, string>[] = [
  {},
  { accept: "text/csv" },
  { "content-type": "multipart/form-data" },
  { "content-type": "text/plain" },
  { "last-event-id": "x" },
  { "idempotency-key": "\u00e4".repeat(300) },
  { host: "evil.example" },
  { origin: "https://evil.example" },
];

const A1111 = /^\/(sdapi|internal)\//;

describe("error answers", () => {
  const routesOf = (service: FakeService) => {
    const routes = service.app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => ({
      method,
      path: path.replace(/:\w+/g, "no-such-name"),
    }));
    return [...new Map(routes.map((route) => [`${route.method} ${route.path}`, route])).values()];
  };

  it("of every route, for every kind of wrong request, are documents of 4xx and tell nothing of the inside", async () => {
    const service = new FakeService();
    let refusals = 0;
    for (const { method, path } of routesOf(service)) {
      for (const query of QUERIES) {
        for (const extra of HEADERS) {
          for (const body of method === "GET" ? [null] : BODIES) {
            const headers = { ...(body !== null && JSON_TYPE), ...extra };
            const response = await service.send(path + query, { method, headers, body });
            if (response.ok) {
              await response.body?.cancel();
              continue;
            }
            refusals++;
            const text = await response.text();
            expect([method, path, query, response.status < 500]).toEqual([method, path, query, true]);
            // AUTOMATIC1111's clients read its own shape of errors.
            const types = A1111.test(path)
              ? ["application/problem+json", "application/json"]
              : ["application/problem+json"];
            expect(types).toContain(response.headers.get("content-type"));
            expect(text).not.toMatch(LEAK);
            expect(JSON.stringify([...response.headers])).not.toMatch(LEAK);
          }
        }
      }
    }
    expect(refusals).toBeGreaterThan(200);
    expect(service.failures).toEqual([]);
  });

  it("of failures inside tell nothing of them, in answers, jobs and events", async () => {
    const service = new FakeService();
    service.fake.failure = { after: 1, error: new Error(SECRET) };
    const good = '{"prompt":"x","steps":2}';
    for (const accept of ["image/png", "application/json"]) {
      const response = await service.post(good, { ...JSON_TYPE, accept });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toMatch(LEAK);
    }
    const query = await service.send("/v1/generate?prompt=x&steps=2");
    expect([query.status, LEAK.test(await query.text())]).toEqual([500, false]);

    const job = await (await service.send("/v1/jobs", { method: "POST", headers: JSON_TYPE, body: good })).json();
    const events = await (await service.send(job.events_url)).text();
    expect(events).toContain("internal_error");
    expect(events).not.toMatch(LEAK);
    for (const path of [job.url, `${job.url}/image`, "/v1/jobs"]) {
      expect(await (await service.send(path)).text()).not.toMatch(LEAK);
    }
    expect(service.failures.map(String)).toEqual(Array(4).fill(`Error: ${SECRET}`));
  });
});
