import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { FakeService } from "../../tests/fakes/fake_service.ts";
import { digestOf } from "../auth/api_key.ts";
import type { RequestRecord } from "./watch_requests.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("watchRequests", () => {
  let records: RequestRecord[];
  let service: FakeService;
  beforeEach(() => {
    records = [];
    service = new FakeService({ watches: [(record) => records.push(record)] });
  });

  it("tells of a request when its answer was taken, under the template of its path and with its job", async () => {
    const headers = { "x-request-id": "mine", traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    const answer = await service.send("/v1/generate?prompt=secret&steps=2", { headers });
    expect(records).toEqual([]);
    const { length } = await answer.bytes();
    expect(records).toEqual([{
      id: "mine",
      traceId: TRACE,
      method: "GET",
      route: "/v1/generate",
      path: "/v1/generate",
      status: 200,
      problem: undefined,
      headersTime: expect.any(Number),
      time: expect.any(Number),
      bytes: length,
      isWhole: true,
      owner: "",
      job: expect.stringMatching(/^[\w-]{22}$/),
    }]);
    expect(records[0]!.time).toBeGreaterThanOrEqual(records[0]!.headersTime);
  });

  it("names jobs that outlive the call, and what is asked about them", async () => {
    const init = { method: "PUT", headers: { "content-type": "application/json" }, body: '{"prompt":"x","steps":1}' };
    await (await service.send("/v1/jobs/a", init)).text();
    await (await service.send("/v1/jobs/a")).text();
    await (await service.send("/v1/jobs/a", init)).text();
    await service.jobs.quiet();
    expect(records.map(({ method, route, job }) => [method, route, job])).toEqual([
      ["PUT", "/v1/jobs/:id", "a"],
      ["GET", "/v1/jobs/:id", "a"],
      ["PUT", "/v1/jobs/:id", "a"],
    ]);
  });

  it("tells why a request was refused, and whose it was", async () => {
    service = new FakeService({
      watches: [(record) => records.push(record)],
      keys: () => [{ name: "alice", sha256: digestOf("latentd_0123456789abcdef"), limits: {} }],
    });
    const headers = { authorization: "Bearer latentd_0123456789abcdef" };
    for (const path of ["/v1/generate?prompt=x&steps=0", "/nothing/here"]) {
      await (await service.send(path, { headers })).text();
    }
    await (await service.send("/v1/models")).text();
    await (await service.send("/sdapi/v1/txt2img", { method: "POST", headers, body: '{"steps":0}' })).text();
    await (await service.send("/v1/models", { method: "BREW", headers })).text();
    expect(
      records.map(({ owner, method, route, path, status, problem }) => [owner, method, route, path, status, problem]),
    )
      .toEqual([
        ["alice", "GET", "/v1/generate", "/v1/generate", 400, "out_of_range"],
        ["alice", "GET", undefined, "/nothing/here", 404, undefined],
        ["", "GET", "/v1/models", "/v1/models", 401, "invalid_api_key"],
        ["alice", "POST", "/sdapi/v1/txt2img", "/sdapi/v1/txt2img", 422, "out_of_range"],
        ["alice", "other", undefined, "/v1/models", 405, undefined],
      ]);
  });

  it("tells of a client who left", async () => {
    service.fake.stepTime = 5;
    const answer = await service.send("/v1/generate?prompt=x&steps=50&previews=10");
    const reader = answer.body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(records).toMatchObject([{ status: 200, isWhole: false }]);
    records.length = 0;

    const gone = new AbortController();
    const answering = service.send("/v1/generate?prompt=x&steps=50", { signal: gone.signal });
    setTimeout(() => gone.abort(), 10);
    expect((await answering).status).toBe(499);
    expect(records).toMatchObject([{ status: 499, problem: undefined, bytes: 0 }]);
  });
});
