import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { FilesChangedError } from "../models/graphs/files_changed_error.ts";
import { NonFiniteError } from "../pipeline/images/non_finite_error.ts";
import { FakeService, JSON_TYPE } from "./fakes/fake_service.ts";

describe("HTTP API, routes and answers", () => {
  let service: FakeService;

  beforeEach(() => {
    service = new FakeService();
  });

  it("unknown route: 404", async () => {
    const problem = await service.refusal(await service.send("/v1/generat"), 404, "not_found");
    expect(problem.detail).toBe('path is "/v1/generat"; /openapi.json tells what there is');
    await service.refusal(await service.send("/v1/generate/", { method: "POST" }), 404, "not_found");
    await service.refusal(await service.send("/%2e%2e/etc/passwd"), 404, "not_found");
  });

  it("wrong method: 405 with Allow", async () => {
    const put = await service.send("/v1/generate", { method: "PUT" });
    expect(put.headers.get("allow")).toBe("POST, GET");
    expect((await service.refusal(put, 405, "method_not_allowed")).detail).toBe(
      "method is PUT; /v1/generate takes POST, GET",
    );
    const post = await service.send("/livez", { method: "POST" });
    expect(post.headers.get("allow")).toBe("GET");
    await service.refusal(post, 405, "method_not_allowed");
  });

  it("an Accept that nothing satisfies: 406", async () => {
    const csv = await service.refusal(
      await service.post('{"prompt":"x"}', { ...JSON_TYPE, accept: "text/csv" }),
      406,
      "not_acceptable",
    );
    expect(csv.detail).toBe(
      'accept is "text/csv"; an answer can be image/png, application/json, multipart/mixed, multipart/x-mixed-replace',
    );
    const png = { ...JSON_TYPE, accept: "image/png" };
    const several = await service.refusal(await service.post('{"prompt":"x","count":2}', png), 406, "not_acceptable");
    expect(several.detail).toContain("an answer with 2 pictures can be application/json, multipart/mixed");
    const previews = await service.refusal(
      await service.post('{"prompt":"x","previews":3}', png),
      406,
      "not_acceptable",
    );
    expect(previews.detail).toContain("an answer with 3 previews can be multipart/x-mixed-replace");
  });

  it("several pictures without saying how: 406, for a file of parts is no PNG", async () => {
    for (const accept of ["*/*", undefined]) {
      const headers = accept === undefined ? JSON_TYPE : { ...JSON_TYPE, accept };
      await service.refusal(await service.post('{"prompt":"x","count":2}', headers), 406, "not_acceptable");
    }
  });
});

describe("HTTP API, guards", () => {
  let service: FakeService;

  beforeEach(() => {
    service = new FakeService();
  });

  it("a Host that is not ours: 403, on every route", async () => {
    for (
      const path of ["/", "/livez", "/readyz", "/v1/models", "/v1/generate?prompt=x", "/openapi.json", "/nothing"]
    ) {
      for (
        const host of [
          "evil.example",
          "evil.example:8000",
          "localhost.evil.example",
          "127.0.0.1.evil.example",
          "",
          "[::2]",
        ]
      ) {
        await service.refusal(await service.send(path, { headers: { host } }), 403, "host_not_allowed");
      }
    }
    for (const host of ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "[::1]"]) {
      expect((await service.send("/livez", { headers: { host } })).status).toBe(200);
    }
  });

  it("no Host: 400", async () => {
    await service.refusal(await service.app.request("/livez"), 400, "invalid_host");
  });

  it("a page of another origin: 403 on POST, GET and the list of models", async () => {
    const foreign: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "http://localhost:3000" },
      { origin: "http://localhost.evil.example:8000" },
      { origin: "nonsense" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign) {
      await service.refusal(
        await service.post('{"prompt":"x"}', { ...JSON_TYPE, ...headers }),
        403,
        "origin_not_allowed",
      );
      await service.refusal(await service.send("/v1/generate?prompt=x", { headers }), 403, "origin_not_allowed");
      await service.refusal(await service.send("/v1/models", { headers }), 403, "origin_not_allowed");
    }
  });

  it("our own pages, and programs that are no browsers, may ask", async () => {
    const own: Record<string, string>[] = [
      { origin: "http://localhost:8000", "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "none" },
      {},
    ];
    for (const headers of own) {
      expect((await service.post('{"prompt":"x"}', { ...JSON_TYPE, ...headers })).status).toBe(200);
    }
  });

  it("a preflight from another origin gets no permission", async () => {
    const response = await service.send("/v1/generate", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(response.status).toBe(204);
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("no answer allows another origin", async () => {
    const response = await service.post('{"prompt":"x"}');
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("HTTP API, failures of the server", () => {
  let service: FakeService;

  beforeEach(() => {
    service = new FakeService();
  });

  it("tell nothing of their cause; the log gets it with the request's id", async () => {
    service.fake.failure = { after: 1, error: new Error("secret at /srv/models: 0xdeadbeef") };
    const response = await service.post('{"prompt":"x"}', { ...JSON_TYPE, "x-request-id": "my-id" });
    expect([response.status, response.headers.get("x-request-id")]).toEqual([500, "my-id"]);
    expect(response.headers.get("x-should-retry")).toBe("false");
    const text = await response.text();
    expect(text).not.toMatch(/secret|srv|dead/);
    expect(JSON.parse(text)).toMatchObject({ error: { code: "internal_error", type: "server_error", param: null } });
    expect(service.failures).toEqual([service.fake.failure.error]);
  });

  it("say so where the model gave no numbers of a picture, which another try would not change (row 27)", async () => {
    service.fake.failure = { after: 1, error: new NonFiniteError("Picture 0 is NaN at channel 0, row 0, column 0") };
    const response = await service.post('{"prompt":"x"}');
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([500, "false"]);
    expect(await response.json()).toMatchObject({ error: { code: "non_finite_output", type: "server_error" } });
  });

  it("name the file that is another one now than when the model was opened, and are not to be tried again", async () => {
    const error = new FilesChangedError("File unet/model.onnx of model mine has changed; load the model again");
    service.fake.failure = { after: 1, error };
    const response = await service.post('{"prompt":"x"}');
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([503, "false"]);
    expect(await response.json()).toMatchObject({ detail: error.message, error: { code: "model_unavailable" } });
  });

  it("a request id that could break a log line is replaced", async () => {
    for (const id of ["a b", "a;b", "x".repeat(65), '"']) {
      const got = (await service.send("/livez", { headers: { "x-request-id": id } })).headers.get("x-request-id");
      expect(got).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
