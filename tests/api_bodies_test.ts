import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { FakeService, JSON_TYPE } from "./fakes/fake_service.ts";

describe("HTTP API, wrong bodies", () => {
  let service: FakeService;

  beforeEach(() => {
    service = new FakeService();
  });

  const nested = (depth: number) => `{"prompt":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  const cases: [name: string, body: BodyInit, detail: string][] = [
    ["empty", "", "Unexpected end of JSON input"],
    ["truncated", '{"prompt":"x"', "Expected ',' or '}'"],
    ["with a byte order mark", '\ufeff{"prompt":"x"}', "it begins with a byte order mark"],
    ["not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), "The body must be JSON in UTF-8"],
    ["with a name twice", '{"prompt":"x","steps":1,"steps":2}', '"steps" is given twice'],
    ["with an escaped name twice", '{"prompt":"x","\\u0070rompt":"y"}', '"prompt" is given twice'],
    ["nested 33 deep", nested(32), "it is nested more than 32 levels deep"],
    ["nested 40,000 deep", nested(40_000), "it is nested more than 32 levels deep"],
  ];
  for (const [name, body, detail] of cases) {
    it(`${name}: 400 invalid_json`, async () => {
      expect((await service.refusal(await service.post(body), 400, "invalid_json")).detail).toContain(detail);
    });
  }

  it("that are no object: 400 invalid_type", async () => {
    for (const body of ["[]", "null", '"x"', "1"]) {
      const problem = await service.refusal(await service.post(body), 400, "invalid_type");
      expect(problem.detail).toBe(`The request is ${body}; it must be an object`);
    }
  });

  it("that only look odd are taken", async () => {
    for (
      const body of ['{"prompt":"{\\"a\\":1,\\"a\\":2}"}', ' {"prompt" : "[[[[\\\\"}\n', '{"prompt":"x","seed":null}']
    ) {
      expect((await service.post(body)).status).toBe(200);
    }
  });

  it("of another type: 415", async () => {
    for (
      const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/jsonp",
      ]
    ) {
      const problem = await service.refusal(
        await service.post('{"prompt":"x"}', { "content-type": type }),
        415,
        "unsupported_media_type",
      );
      expect(problem.detail).toBe(
        `content-type is ${JSON.stringify(type)}; it must be application/json or multipart/form-data`,
      );
    }
    const none = await service.refusal(
      await service.post(new Blob(['{"prompt":"x"}']), {}),
      415,
      "unsupported_media_type",
    );
    expect(none.detail).toBe("content-type is missing; it must be application/json or multipart/form-data");
    const zipped = await service.post('{"prompt":"x"}', { ...JSON_TYPE, "content-encoding": "gzip" });
    expect((await service.refusal(zipped, 415, "unsupported_media_type")).detail).toBe(
      'content-encoding is "gzip"; leave it out',
    );
  });

  it("of the usual types are taken", async () => {
    for (const type of ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']) {
      expect((await service.post('{"prompt":"x"}', { "content-type": type })).status).toBe(200);
    }
  });

  it("one byte over the limit: 413, by content-length and by counting", async () => {
    const body = '{"prompt":"x"}'.padEnd(100_001);
    const told = await service.post(body, { ...JSON_TYPE, "content-length": "100001" });
    expect((await service.refusal(told, 413, "payload_too_large")).detail).toBe(
      "The body must have at most 100000 bytes",
    );
    await service.refusal(await service.post(new Blob([body]).stream()), 413, "payload_too_large");
    expect((await service.post(body.slice(0, -1))).status).toBe(200);
  });

  it("that do not come to their end: 408", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"prompt":')),
      cancel: () => void (cancelled = true),
    });
    const problem = await service.refusal(await service.post(body), 408, "request_timeout");
    expect(problem.detail).toBe("The body must arrive within 0.05 s");
    expect(cancelled).toBe(true);
  });
});
