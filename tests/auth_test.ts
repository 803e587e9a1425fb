import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { type ApiKey, digestOf, type KeyLimits } from "../routes/auth/api_key.ts";
import { PUBLIC_PATHS, RESULTS_PATH } from "../routes/auth/authenticate.ts";
import { FakeService, JSON_TYPE } from "./fakes/fake_service.ts";

const KEY = "latentd_0123456789abcdef";
const keyOf = (name: string, limits: KeyLimits = {}): ApiKey => ({ name, sha256: digestOf(`${KEY}${name}`), limits });
const bearer = (name: string) => ({ authorization: `Bearer ${KEY}${name}` });
const basic = (pair: string) => ({ authorization: `Basic ${btoa(pair)}` });

describe("HTTP API, keys", () => {
  let keys: readonly ApiKey[];
  let service: FakeService;

  beforeEach(() => {
    keys = [keyOf("alice"), keyOf("bob")];
    service = new FakeService({ keys: () => keys });
  });

  const post = (headers: Record<string, string>, body = '{"prompt":"x","steps":1}') =>
    service.post(body, { ...JSON_TYPE, ...headers });

  it("every route, and what is none, answers 401 to who has no key, or stands on the list of public paths", async () => {
    const routes = service.app.routes.filter(({ method }) => method !== "ALL");
    expect(routes.length).toBeGreaterThan(4);
    for (const { method, path } of [...routes, { method: "GET", path: "/nothing" }, { method: "PATCH", path: "/" }]) {
      const response = await service.send(path.replace(/:\w+/g, "x"), { method });
      if (PUBLIC_PATHS.includes(path)) {
        expect([path, response.status]).toEqual([path, 200]);
      } else if (path.startsWith(RESULTS_PATH)) {
        expect([path, response.status]).toEqual([`${RESULTS_PATH}:id`, 404]); // its names cannot be guessed
      } else {
        expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm="latentd".*, Bearer realm="latentd"$/);
        await service.refusal(response, 401, "invalid_api_key");
      }
    }
  });

  it("the list of public paths is this, and no other spelling of it", async () => {
    expect(PUBLIC_PATHS).toEqual(["/livez", "/readyz", "/health", "/v2/health/live", "/v2/health/ready"]);
    for (const path of ["/livez/", "//livez", "/livez/../v1/models/", "/LIVEZ", "/v1/models;/livez"]) {
      expect([path, (await service.send(path)).status]).toEqual([path, 401]);
    }
  });

  it("let in by Bearer, and by Basic with any user", async () => {
    for (
      const headers of [
        bearer("alice"),
        { authorization: `bEARER  ${KEY}bob` },
        basic(`alice:${KEY}alice`),
        basic(`:${KEY}alice`),
        basic(`päule:${KEY}bob`),
      ]
    ) {
      expect((await post(headers)).status).toBe(200);
      expect((await service.send("/", { headers })).status).toBe(200);
    }
    expect((await service.send("/nothing", { headers: bearer("alice") })).status).toBe(404);
  });

  it("are told from each other as owners", async () => {
    const owners: string[] = [];
    service.app.get("/owner", (c) => c.text(`${owners.push(c.get("owner"))}`));
    for (const name of ["alice", "bob"]) await service.send("/owner", { headers: bearer(name) });
    const open = new FakeService();
    open.app.get("/owner", (c) => c.text(`${owners.push(c.get("owner"))}`));
    await open.send("/owner", { headers: bearer("alice") });
    expect(owners).toEqual(["alice", "bob", ""]);
  });

  it("that come or go while the server runs count at once, but it never opens again", async () => {
    keys = [];
    const open = new FakeService({ keys: () => keys });
    expect((await open.send("/v1/models")).status).toBe(200);
    keys = [keyOf("alice")];
    expect((await open.send("/v1/models")).status).toBe(401);
    expect((await open.send("/v1/models", { headers: bearer("alice") })).status).toBe(200);
    keys = [];
    expect((await open.send("/v1/models", { headers: bearer("alice") })).status).toBe(401);
    expect((await open.send("/v1/models")).status).toBe(401);
  });

  describe("with limits", () => {
    const limited = (limits: KeyLimits, stepTime = 0) => {
      service = new FakeService({ keys: () => [keyOf("alice", limits), keyOf("bob")] });
      service.fake.stepTime = stepTime;
    };
    const codeOf = async (response: Response) => response.ok ? "ok" : (await response.json()).error.code;

    it("answer 429 with Retry-After, and tell what is left", async () => {
      limited({ requestsPerMinute: 2 });
      const first = await post(bearer("alice"));
      expect(first.headers.get("ratelimit-policy")).toBe('"requests";q=2;w=60');
      expect(first.headers.get("ratelimit")).toBe('"requests";r=1');
      expect((await post(bearer("alice"))).status).toBe(200);
      const third = await post(bearer("alice"));
      expect([third.status, Number(third.headers.get("retry-after")) > 0]).toEqual([429, true]);
      expect(third.headers.get("x-should-retry")).toBe("true");
      expect(await codeOf(third)).toBe("rate_limited");
      expect((await post(bearer("bob"))).status).toBe(200);
      // What starts no work is not counted.
      expect((await service.send("/v1/models", { headers: bearer("alice") })).status).toBe(200);
    });

    it("count work of both forms, and not that of requests that are refused", async () => {
      limited({ budget: 128 * 96 * 10 });
      const ask = (steps: number) =>
        service.send(`/v1/generate?prompt=x&steps=${steps}&width=128&height=96`, { headers: bearer("alice") });
      expect(await codeOf(await ask(0))).toBe("out_of_range");
      expect(await codeOf(await ask(11))).toBe("budget_exceeded");
      expect(await codeOf(await ask(6))).toBe("ok");
      expect(await codeOf(await ask(5))).toBe("rate_limited");
      expect(await codeOf(await post(bearer("alice"), '{"prompt":"x","steps":5,"width":128,"height":96}')))
        .toBe("rate_limited");
      service.fake.failure = { after: 1, error: new Error("Device was lost") };
      expect(await codeOf(await ask(4))).toBe("internal_error");
      service.fake.failure = undefined;
      expect(await codeOf(await ask(4))).toBe("ok");
    });

    it("come after that of the server", async () => {
      service = new FakeService({ maxWork: 128 * 96 * 10 });
      expect(await codeOf(await service.send("/v1/generate?prompt=x&steps=10&width=128&height=96"))).toBe("ok");
      const refused = await service.send("/v1/generate?prompt=x&steps=11&width=128&height=96");
      expect([refused.status, (await refused.json()).detail]).toEqual([
        400,
        "width · height · steps · count is 135168; this server allows at most 122880",
      ]);
    });

    it("count requests until the last byte was read, or the reader left", async () => {
      limited({ concurrency: 1 }, 1);
      const headers = { ...bearer("alice"), accept: "multipart/x-mixed-replace" };
      const first = await post(headers, '{"prompt":"x","steps":5}');
      expect(await codeOf(await post(bearer("alice")))).toBe("rate_limited");
      expect(await codeOf(await post(bearer("bob")))).toBe("ok");
      await first.bytes();
      const second = await post(headers, '{"prompt":"x","steps":500}');
      expect(await codeOf(await post(bearer("alice")))).toBe("rate_limited");
      await second.body!.cancel();
      expect(await codeOf(await post(bearer("alice")))).toBe("ok");
    });
  });
});

describe("HTTP API, allowed origins", () => {
  const ORIGIN = "https://app.example";
  let service: FakeService;

  beforeEach(() => {
    service = new FakeService({ keys: () => [keyOf("alice")], origins: [ORIGIN] });
  });

  const allowed = (response: Response) =>
    Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control") || name === "vary"));
  const preflight = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" };

  it("are told so before they send a key", async () => {
    const response = await service.send("/v1/generate", {
      method: "OPTIONS",
      headers: { origin: ORIGIN, ...preflight },
    });
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(allowed(response)).toEqual({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-methods": "GET, POST, PUT, DELETE",
      "access-control-allow-headers": "authorization, content-type, idempotency-key, last-event-id, x-request-id",
      "access-control-max-age": "600",
      vary: "origin",
    });
  });

  it("may read answers and refusals, but never with a password that the browser remembers", async () => {
    const headers = { origin: ORIGIN, "sec-fetch-site": "cross-site" };
    for (const [key, status] of [[bearer("alice"), 200], [{}, 401]] as const) {
      const response = await service.post('{"prompt":"x"}', { ...JSON_TYPE, ...headers, ...key });
      expect(response.status).toBe(status);
      expect(allowed(response)).toMatchObject({ "access-control-allow-origin": ORIGIN, vary: "origin" });
      expect(allowed(response)).not.toHaveProperty("access-control-allow-credentials");
    }
  });

  it("are no others", async () => {
    for (const origin of ["https://evil.example", "http://app.example", "https://app.example:444", "null", "*"]) {
      const headers = { origin, "sec-fetch-site": "cross-site" };
      const before = await service.send("/v1/generate", { method: "OPTIONS", headers: { ...headers, ...preflight } });
      expect([before.status, allowed(before)]).toEqual([204, {}]);
      const response = await service.post('{"prompt":"x"}', { ...JSON_TYPE, ...headers, ...bearer("alice") });
      expect([response.status, allowed(response)]).toEqual([403, {}]);
    }
  });
});
