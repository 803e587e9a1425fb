import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";
import { describeBadInputs } from "./bad_input.ts";

const OPENAI = "/v1/images/generations";
const LIMITS = { bytes: 12_000_000, deadline: 10_000 };

/** A field as the three APIs name it, a value as it stands in JSON, and the code. */
type Wrong = readonly [row: number, native: string, openai: string, a1111: string, value: string, code: string];

const PROMPTS: readonly Wrong[] = [
  ["10 MB", JSON.stringify("x".repeat(10_000_000))],
  ["100,000 emoji", JSON.stringify("😀".repeat(100_000))],
  ["a lone surrogate", '"\\ud800"'],
  ["NUL", '"a\\u0000b"'],
].map(([, value]) => [10, "prompt", "prompt", "prompt", value!, "invalid_prompt"]);

const SIZES: readonly Wrong[] = ["0", "-8", "63", "65", "4097", "1e9", "512.5", '"512"', "1e400", "9007199254740992"]
  .map(
    (value) => [11, "width", "", "width", value, "invalid_size"],
  );

const NUMBERS: readonly Wrong[] = [
  ...["0", "-1", "1001"].map((value): Wrong => [12, "steps", "steps", "steps", value, "out_of_range"]),
  ...["0", "101"].map((value): Wrong => [12, "count", "n", "n_iter", value, "out_of_range"]),
  ...["-1", "1e9", "1e400"].map((value): Wrong => [
    12,
    "guidance",
    "guidance_scale",
    "cfg_scale",
    value,
    "out_of_range",
  ]),
  ...["4294967296", "18446744073709551616", "1.5"].map((value): Wrong => [
    12,
    "seed",
    "seed",
    "seed",
    value,
    "out_of_range",
  ]),
  // AUTOMATIC1111's clients mean a random seed by it.
  [12, "seed", "seed", "", "-1", "out_of_range"],
];

const open = () => new FakeService({ limits: LIMITS });
const bodyOf = (field: string, value: string) =>
  `{${field === "prompt" ? "" : '"prompt":"x",'}${JSON.stringify(field)}:${value}}`;

describe("bad inputs, values", () => {
  for (const [row, native, openai, a1111, value, code] of [...PROMPTS, ...SIZES, ...NUMBERS]) {
    const what = value.length > 40 ? `${value.slice(0, 20)}… of ${value.length} letters` : value;
    const asked = [["/v1/generate", native], [OPENAI, openai]].filter(([, field]) => field !== "");
    for (const [path, field] of asked) {
      it(`row ${row}: ${field} ${what} of ${path}: 400 ${code}`, async () => {
        const service = open();
        const body = bodyOf(field!, value);
        const refusal = await service.refusal(
          await service.send(path!, { method: "POST", headers: JSON_TYPE, body }),
          400,
          code,
        );
        expect(refusal.param).toBe(field);
      });
    }
    if (a1111 === "") continue;
    it(`row ${row}: ${a1111} ${what} of /sdapi/v1/txt2img: 422, the field named`, async () => {
      const service = open();
      const body = bodyOf(a1111, value);
      const answer = await service.send("/sdapi/v1/txt2img", { method: "POST", headers: JSON_TYPE, body });
      const { detail } = await answer.json();
      expect([answer.status, detail[0].loc]).toEqual([422, ["body", a1111]]);
      expect(JSON.stringify(detail).length).toBeLessThan(1000);
      expect(service.fake.requests).toEqual([]);
    });
  }

  for (const size of ["0x64", "-8x64", "63x64", "4097x64", "1e9x64", "512.5x64", "x", "64", "64x64x64", "٦٤x64"]) {
    it(`row 11: size ${size} of ${OPENAI}: 400, size named`, async () => {
      const service = open();
      const body = JSON.stringify({ prompt: "x", size });
      const answer = await service.send(OPENAI, { method: "POST", headers: JSON_TYPE, body });
      const { error } = await answer.json();
      expect([answer.status, error.param]).toEqual([400, "size"]);
      expect(error.code).toMatch(/^invalid_(size|value)$/);
    });
  }

  it("row 10: letters that turn the direction, take no room, or are tokens of their own: 200, as they are", async () => {
    const service = open();
    for (const prompt of ["\u202eabc\u200b\u200d", "<|endoftext|><|endoftext|>", "😀", "A\u0301"]) {
      expect((await service.post(JSON.stringify({ prompt, steps: 1 }))).status).toBe(200);
      expect(service.fake.requests.at(-1)!).toMatchObject({ prompt });
    }
  });

  it("row 10: an empty prompt: a picture of nothing in particular, but 400 where OpenAI refuses it, too", async () => {
    const service = open();
    const body = '{"prompt":"","steps":1}';
    const ask = async (path: string) => (await service.send(path, { method: "POST", headers: JSON_TYPE, body })).status;
    expect(await Promise.all(["/v1/generate", "/sdapi/v1/txt2img", OPENAI].map(ask))).toEqual([200, 200, 400]);
  });

  it("row 13: all at their maxima: refused before anything is done", async () => {
    const largest = { prompt: "x", steps: 1000, width: 256, height: 256 };
    const asked = [
      ["/v1/generate", { ...largest, count: 10 }, 400],
      [OPENAI, { prompt: "x", steps: 1000, size: "256x256", n: 10 }, 400],
      ["/sdapi/v1/txt2img", { ...largest, n_iter: 10 }, 422],
    ] as const;
    for (const [path, body, status] of asked) {
      const service = open();
      const answer = await service.send(path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) });
      expect([path, answer.status]).toEqual([path, status]);
      expect(await answer.text()).toContain("268435456");
      expect(service.fake.requests).toEqual([]);
    }
  });
});

describeBadInputs("values that JSON has not", [
  ...["width", "guidance"].flatMap((field) =>
    ["NaN", "Infinity"].map((value) => ({
      row: field === "width" ? 11 : 12,
      what: `${field} ${value}`,
      body: bodyOf(field, value),
      status: 400,
      code: "invalid_json",
    }))
  ),
]);

describeBadInputs("routes", [
  { row: 19, what: "an unknown route", path: "/v1/nothing", status: 404, code: "not_found" },
  { row: 19, what: "an unknown route of AUTOMATIC1111's", path: "/sdapi/v1/nothing", status: 404, code: "not_found" },
  {
    row: 19,
    what: "an answer of no known type",
    headers: { ...JSON_TYPE, accept: "text/csv" },
    status: 406,
    code: "not_acceptable",
  },
]);

describe("bad inputs, methods", () => {
  const asked = [
    ["POST", "/livez", "GET"],
    ["PUT", "/v1/generate", "POST, GET"],
    ["GET", OPENAI, "POST"],
    ["DELETE", "/sdapi/v1/txt2img", "POST"],
  ] as const;
  for (const [method, path, allow] of asked) {
    it(`row 19: ${method} ${path}: 405 method_not_allowed, allow: ${allow}`, async () => {
      const service = open();
      const answer = await service.send(path, { method });
      expect(answer.headers.get("allow")).toBe(allow);
      await service.refusal(answer, 405, "method_not_allowed");
    });
  }
});
