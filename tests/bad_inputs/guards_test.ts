import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { digestOf } from "../../routes/auth/api_key.ts";
import { FakeService, JSON_TYPE } from "../fakes/fake_service.ts";
import { type BadInput, describeBadInputs, GOOD } from "./bad_input.ts";

const KEY = "latentd_0123456789abcdef";
const guarded = () => new FakeService({ keys: () => [{ name: "alice", sha256: digestOf(KEY), limits: {} }] });
const GET = { method: "GET" };

const HOSTS: readonly BadInput[] = [
  "evil.example",
  "127.0.0.1.evil.example",
  "localhost.evil.example:8000",
  "evil.example:80#localhost",
  "localhost@evil.example",
  "localhost, evil.example",
  "[::2]",
  "127.1",
  "",
].map((host) => ({
  row: 1,
  what: `Host ${JSON.stringify(host)}`,
  headers: { ...JSON_TYPE, host },
  status: 403,
  code: "host_not_allowed",
}));

describeBadInputs("Host", HOSTS);

const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { origin: "https://evil.example" },
  { origin: "null" },
  { origin: "http://localhost:8001" },
  { origin: "moz-extension://0123" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "nonsense" },
];

describeBadInputs(
  "Origin",
  FOREIGN.flatMap((headers) => {
    const row = { row: 2, status: 403, code: "origin_not_allowed" };
    const what = JSON.stringify(headers);
    return [
      { ...row, what, headers: { ...JSON_TYPE, ...headers } },
      { ...row, what: `GET, ${what}`, ...GET, path: "/v1/generate?prompt=x", headers },
      { ...row, what: `DELETE, ${what}`, method: "DELETE", path: "/v1/jobs/a", headers },
      { ...row, what: `a path that is not there, ${what}`, ...GET, path: "/sdapi/v1/nothing", headers },
    ];
  }),
);

describe("bad inputs, preflights", () => {
  it("row 3: from a foreign origin: 204 without any permission, on every path", async () => {
    for (const service of [new FakeService(), guarded(), new FakeService({ origins: ["https://app.example"] })]) {
      for (const path of ["/v1/generate", "/v1/models", "/livez", "/nothing"]) {
        const response = await service.send(path, {
          method: "OPTIONS",
          headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
        });
        expect([response.status, await response.text()]).toEqual([204, ""]);
        expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
    }
  });
});

const AUTHORIZATIONS: readonly [what: string, authorization: string | undefined][] = [
  ["no key", undefined],
  ["an empty header", ""],
  ["a wrong key", "Bearer latentd_0123456789abcdee"],
  ["half a key", `Bearer ${KEY.slice(0, -1)}`],
  ["a key and more", `Bearer ${KEY} ${KEY}`],
  ["two headers in one", `Bearer ${KEY}, Bearer ${KEY}`],
  ["an empty key", "Bearer "],
  ["the hash of the key", `Bearer ${digestOf(KEY).toHex()}`],
  ["a key of 1 MB", `Bearer ${"x".repeat(1_000_000)}`],
  ["no scheme", KEY],
  ["another scheme", `Digest ${KEY}`],
  ["Basic with the key as it is", `Basic ${KEY}`],
  ["Basic with the key as the user", `Basic ${btoa(`${KEY}:`)}`],
  ["Basic with a wrong password", `Basic ${btoa("alice:wrong")}`],
  ["Basic that is no base64", "Basic a===="],
  ["Basic of 1 MB", `Basic ${btoa(`a:${"x".repeat(750_000)}`)}`],
];

describeBadInputs(
  "keys",
  [
    ...AUTHORIZATIONS.map(([what, authorization]) => ({
      row: 4,
      what,
      headers: { ...JSON_TYPE, ...(authorization !== undefined && { authorization }) },
      status: 401,
      code: "invalid_api_key",
    })),
    ...[`key=${KEY}`, `api_key=${KEY}`, `access_token=${KEY}`, `anything=${KEY}`, "token=x", "apikey="].flatMap((
      query,
    ) =>
      [{}, { authorization: `Bearer ${KEY}` }].map((headers) => ({
        row: 4,
        what: `in the query, ${query}${"authorization" in headers ? " and in the header" : ""}`,
        path: `/v1/models?${query}`,
        ...GET,
        headers,
        status: 401,
        code: "invalid_api_key",
      }))
    ),
  ],
  guarded,
);

describe("bad inputs, keys", () => {
  it("row 4: the refusal tells both schemes, and never what came", async () => {
    for (const [, authorization] of AUTHORIZATIONS) {
      const response = await guarded().post(GOOD, { ...JSON_TYPE, ...(authorization && { authorization }) });
      expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm="latentd", .*, Bearer realm="latentd"$/);
      expect(await response.text()).not.toMatch(/latentd_|xxxx|alice/);
    }
  });
});
