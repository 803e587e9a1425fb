import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";
import { type BadInput, describeBadInputs, GOOD } from "./bad_input.ts";

/** What the fake service takes. */
const LIMIT = 100_000;

const types = [
  undefined,
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/mixed; boundary=x",
  "application/json; charset=utf-16",
  "application/json, text/plain",
  "application/problem+json",
  "image/png",
];

const structures: readonly [what: string, body: BodyInit][] = [
  ["an empty body", ""],
  ["a truncated one", '{"prompt":"x"'],
  ["a byte order mark", `\ufeff${GOOD}`],
  ["UTF-16", Uint8Array.from([...GOOD].flatMap((letter) => [letter.charCodeAt(0), 0]))],
  ["bytes that are no UTF-8", Uint8Array.of(0x7b, 0xc0, 0xaf, 0x7d)],
  ["a name twice", '{"prompt":"x","prompt":"y"}'],
  ["nesting 33 deep, closed", `{"prompt":${"[".repeat(32)}${"]".repeat(32)}}`],
  ["NaN", '{"prompt":"x","guidance":NaN}'],
  ["Infinity", '{"prompt":"x","guidance":Infinity}'],
  ["a comment", '{"prompt":"x"} // good'],
  ["two documents", `${GOOD}${GOOD}`],
  ["single quotes", "{'prompt':'x'}"],
];

const names = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "width ",
  "",
  "\u0000",
  "promp\u0442",
];

const models: readonly (readonly [value: unknown, status: number, code: string])[] = [
  ...["../x", "a%2f..%2fb", "C:\\x", "\u0000", "x".repeat(300), "", ".", "..", "a/b", " emoji-128", "emoj\u0456-128"]
    .map((value) => [value, 400, "invalid_model"] as const),
  ["other-model", 404, "model_not_found"],
  ["constructor", 404, "model_not_found"],
];

describeBadInputs("bodies", [
  ...types.map((type): BadInput => ({
    row: 5,
    what: `content-type ${type}`,
    headers: type === undefined ? {} : { "content-type": type },
    body: new Blob([GOOD]),
    status: 415,
    code: "unsupported_media_type",
  })),
  ...structures.map(([what, body]): BadInput => ({ row: 6, what, body, status: 400, code: "invalid_json" })),
  ...["[]", "null", '"x"', "1", "true"].map((body): BadInput => (
    { row: 6, what: body, body, status: 400, code: "invalid_type" }
  )),
  ...names.map((name): BadInput => ({
    row: 7,
    what: `the name ${JSON.stringify(name)}`,
    body: `{"prompt":"x",${JSON.stringify(name)}:{"polluted":true}}`,
    status: 400,
    code: "unknown_parameter",
  })),
  { row: 8, what: "one byte over the limit", body: GOOD.padEnd(LIMIT + 1), status: 413, code: "payload_too_large" },
  {
    row: 8,
    what: "one byte over the limit, by what it says",
    headers: { ...JSON_TYPE, "content-length": String(LIMIT + 1) },
    status: 413,
    code: "payload_too_large",
  },
  {
    row: 8,
    what: "one byte over the limit, in pieces",
    body: new Blob(["x".repeat(LIMIT), "x"]).stream(),
    status: 413,
    code: "payload_too_large",
  },
  ...["gzip", "br", "deflate", "identity, gzip"].map((encoding): BadInput => ({
    row: 9,
    what: `content-encoding ${encoding}`,
    headers: { ...JSON_TYPE, "content-encoding": encoding },
    status: 415,
    code: "unsupported_media_type",
  })),
  ...models.map(([model, status, code]): BadInput => ({
    row: 14,
    what: `model ${JSON.stringify(model).slice(0, 40)}`,
    body: JSON.stringify({ prompt: "x", model }),
    status,
    code,
  })),
]);

describe("bad inputs, bodies", () => {
  it("row 6: nesting 100,000 deep: 400 invalid_json", async () => {
    const service = new FakeService({ limits: { bytes: 1_000_000, deadline: 1000 } });
    for (const body of ["[".repeat(100_000), `${"[".repeat(100_000)}${"]".repeat(100_000)}`, '{"a":'.repeat(100_000)]) {
      await service.refusal(await service.post(body), 400, "invalid_json");
    }
  });

  it("row 7: the prototype of objects stays as it was", async () => {
    const service = new FakeService();
    for (const name of names) await service.post(`{"prompt":"x",${JSON.stringify(name)}:{"polluted":true}}`);
    await service.post('{"prompt":"x","__proto__":{"polluted":true}}');
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("row 8: at the limit a body is taken", async () => {
    const service = new FakeService();
    expect((await service.post(GOOD.padEnd(LIMIT))).status).toBe(200);
    const headers = { ...JSON_TYPE, "content-length": String(LIMIT) };
    expect((await service.post(GOOD.padEnd(LIMIT), headers)).status).toBe(200);
  });

  it("row 9: 10 MB that would become 10 GB are not even read", async () => {
    let pulled = 0;
    const bomb = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(10_000_000));
      },
    }, { highWaterMark: 0 });
    const service = new FakeService();
    const answer = await service.post(bomb, { ...JSON_TYPE, "content-encoding": "gzip" });
    expect([answer.status, pulled]).toEqual([415, 0]);
  });
});
