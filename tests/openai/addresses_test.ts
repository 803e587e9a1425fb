import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { digestOf } from "../../routes/auth/api_key.ts";
import { ResultFiles } from "../../routes/openai/answers/result_files.ts";
import { Served } from "./served.ts";

describe("addresses of pictures", () => {
  it("need no key, may be shown by any page, and are https behind a proxy that is", async () => {
    const key = "latentd_0123456789abcdef";
    await using served = await Served.open({ keys: () => [{ name: "alice", sha256: digestOf(key), limits: {} }] });
    await expect(served.client().models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
    const client = served.client({ apiKey: key });
    const ask = { prompt: "x", response_format: "url" } as const;
    const { data } = await client.images.generate(ask);
    const answer = await fetch(data![0]!.url!, { headers: { "sec-fetch-site": "cross-site" } });
    await answer.bytes();
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "image/png",
      "cache-control": "private, max-age=3600, immutable",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
    });
    const missing = await fetch(`${served.url}/v1/images/files/AAAAAAAAAAAAAAAAAAAAAA`);
    expect([missing.status, (await missing.json()).error.code]).toEqual([404, "image_not_found"]);
    const behind = await client.images.generate(ask, { headers: { "x-forwarded-proto": "https" } });
    expect(behind.data![0]!.url).toMatch(/^https:\/\/127\.0\.0\.1:/);
  });

  it("are good for a time, and as long as there is room", async () => {
    const file = (length: number) => ({ bytes: new Uint8Array(length), type: "image/png" });
    const small = new ResultFiles(100);
    const ids = [40, 40, 40].map((length) => small.keep(file(length)));
    expect(ids.map((id) => small.get(id)?.bytes.length)).toEqual([undefined, 40, 40]);
    const brief = new ResultFiles(100, 20);
    const id = brief.keep(file(1));
    expect([id.length, brief.get(id) !== undefined]).toEqual([22, true]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(brief.get(id)).toBeUndefined();
  });
});
