import { expect } from "@std/expect";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { createApp } from "../routes/app.ts";
import type { ServiceState } from "../routes/service.ts";
import { FakeGenerators } from "./fakes/fake_generators.ts";
import { FakeGenerate, fill } from "./fakes/fake_generate.ts";
import { fakeJobs } from "./fakes/fake_jobs.ts";
import { MODEL } from "./fakes/models.ts";
import { readParts } from "./fakes/clients/read_parts.ts";

describe("HTTP API", () => {
  let fake: FakeGenerate;
  let state: ServiceState;
  let app: ReturnType<typeof createApp>;

  beforeEach(() => {
    fake = new FakeGenerate();
    state = "ready";
    app = createApp({
      jobs: fakeJobs(fake.generate),
      models: [MODEL],
      pool: new FakeGenerators().pool({ models: [MODEL] }),
      version: "latentd 9.9.9",
      state: () => state,
    });
  });

  const post = async (body: unknown, accept?: string) =>
    await app.request("/v1/generate", {
      method: "POST",
      headers: { "content-type": "application/json", ...(accept && { accept }) },
      body: JSON.stringify(body),
    });
  const pixelsOf = async (response: Response) => {
    const { width, height, data } = decode(await response.bytes());
    return { width, height, data: new Uint8Array(data) };
  };

  describe("POST /v1/generate", () => {
    it("answers with the picture, its seed, model and timings", async () => {
      const response = await post({ prompt: "a red apple", seed: 1234567, width: 64, height: 80 });
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "image/png",
        "content-disposition": 'inline; filename="latentd-1234567.png"',
        "cache-control": "no-store",
        "server-timing": "text;dur=1.5, denoise;dur=20.0, decode;dur=3.0",
        "x-latentd-seed": "1234567",
        "x-latentd-model": "emoji-128",
        "x-latentd-model-hash": "0123456789",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      });
      expect(await pixelsOf(response)).toEqual(fill({ width: 64, height: 80 }, 1234567));
    });

    it("hands the whole request on, zeros included", async () => {
      await post({ prompt: "x", negative_prompt: "y", seed: 0, guidance: 0, eta: 0, steps: 1, scheduler: "DDIM" });
      expect(fake.requests).toEqual([{
        task: "text-to-image",
        model: "emoji-128",
        prompt: "x",
        negative_prompt: "y",
        emphasis: true,
        seed: 0,
        steps: 1,
        guidance: 0,
        eta: 0,
        rng: "torch",
        width: 128,
        height: 96,
        scheduler: "ddim",
        count: 1,
      }]);
    });

    it("draws another seed each time none is given, and tells it", async () => {
      const seeds = await Promise.all(
        [1, 2, 3].map(async () => (await post({ prompt: "x" })).headers.get("x-latentd-seed")),
      );
      expect(new Set(seeds).size).toBe(3);
      expect(seeds.map(Number)).toEqual(fake.requests.map(({ seed }) => seed));
    });

    it("writes the parameters into the PNG, unless asked not to", async () => {
      const full = await (await post({ prompt: "a red apple", seed: 5, guidance: 7.5 })).bytes();
      expect(decode(full).text).toEqual({
        parameters: "a red apple\nSteps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 5, Size: 128x96, " +
          "Model hash: 0123456789, Model: emoji-128, RNG: CPU, Version: latentd 9.9.9",
        seed: "5",
        model_hash: "0123456789",
      });
      const none = await (await post({ prompt: "a red apple", metadata: "none" })).bytes();
      expect(decode(none).text).toEqual({});
    });

    it("passes notices on in ASCII", async () => {
      fake.notice = "prompt is too long: “é\n";
      expect((await post({ prompt: "x" })).headers.get("x-latentd-notice")).toBe("prompt is too long: ???");
    });

    it("answers with all pictures as JSON", async () => {
      fake.notice = "prompt is “too long”";
      const response = await post({ prompt: "x", seed: 7, count: 2, guidance: 0 }, "application/json");
      const { images, ...answer } = await response.json();
      expect(answer).toEqual({
        request: expect.objectContaining({ prompt: "x", seed: 7, count: 2, guidance: 0, scheduler: "ddim" }),
        model_hash: "0123456789",
        timings: { text: 1.5, denoise: 20, decode: 3 },
        notices: ["prompt is “too long”"],
      });
      expect(images).toHaveLength(2);
      for (const [index, { png, ...image }] of images.entries()) {
        expect(image).toEqual({ index, seed: 7 + index });
        const { data, text } = decode(Uint8Array.fromBase64(png));
        expect(new Uint8Array(data)).toEqual(fill({ width: 128, height: 96 }, 7 + index).data);
        expect(text["seed"]).toBe(String(7 + index));
      }
    });

    it("answers with all pictures as parts", async () => {
      const parts = await readParts(await post({ prompt: "x", seed: 7, count: 3 }, "multipart/mixed"));
      expect(parts.map(({ headers }) => headers["x-latentd-seed"])).toEqual(["7", "8", "9"]);
      expect(parts.map(({ headers }) => headers["x-latentd-index"])).toEqual(["0", "1", "2"]);
      for (const [i, { body }] of parts.entries()) {
        expect(new Uint8Array(decode(body).data)).toEqual(fill({ width: 128, height: 96 }, 7 + i).data);
      }
    });

    it("streams previews, and the picture last", async () => {
      const response = await post({ prompt: "x", seed: 7 }, "multipart/x-mixed-replace");
      expect(response.headers.get("x-latentd-seed")).toBe("7");
      const parts = await readParts(response);
      const pictures = parts.map(({ body }) => decode(body));
      expect(pictures.map(({ text }) => text["step"])).toEqual(["4/20", "8/20", "12/20", "16/20", undefined]);
      expect(pictures.map(({ data }) => data[2])).toEqual([4, 8, 12, 16, 7]);
      expect(pictures.at(-1)!.text["seed"]).toBe("7");
      expect(parts.map(({ headers }) => headers)).toEqual(Array(5).fill({ "content-type": "image/png" }));
    });

    it("makes as many previews as asked for, none too", async () => {
      for (const [previews, count] of [[0, 0], [1, 1], [9, 9], [100, 19]] as const) {
        const parts = await readParts(await post({ prompt: "x", previews }, "multipart/x-mixed-replace"));
        expect(parts).toHaveLength(count + 1);
      }
    });
  });

  describe("GET /v1/generate", () => {
    it("takes the same fields from the query", async () => {
      const response = await app.request(
        "/v1/generate?prompt=a+red%20apple&seed=0&guidance=1.5&width=64&metadata=none",
      );
      expect(response.headers.get("content-type")).toBe("image/png");
      expect(fake.requests).toMatchObject([{ prompt: "a red apple", seed: 0, guidance: 1.5, width: 64, height: 96 }]);
    });

    it("shows an <img> the picture being made, whatever that browser's Accept", async () => {
      for (
        const accept of [
          "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
          "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
          "multipart/x-mixed-replace",
          undefined,
        ]
      ) {
        const headers = accept === undefined ? {} : { accept };
        const response = await app.request("/v1/generate?prompt=x&previews=3", { headers });
        expect(response.headers.get("content-type")).toMatch(/^multipart\/x-mixed-replace; boundary=/);
        expect(await readParts(response)).toHaveLength(4);
      }
    });

    it("does nothing for HEAD", async () => {
      const response = await app.request("/v1/generate?prompt=x", { method: "HEAD" });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST, GET");
      expect(fake.requests).toEqual([]);
    });
  });

  describe("GET /v1/models", () => {
    it("tells names, sizes, defaults and tasks", async () => {
      expect(await (await app.request("/v1/models")).json()).toEqual({
        object: "list",
        data: [{
          id: "emoji-128",
          object: "model",
          owned_by: "latentd",
          created: 1_700_000_000,
          hash: "0123456789",
          tasks: [...MODEL.tasks],
          schedulers: expect.arrayContaining(["ddim"]),
          size: { min: 64, max: 256, multiple: 16 },
          max_tokens: 24,
          classes: ["other", "mammals", "food & drink"],
          max_objects: 3,
          loaded: false,
          defaults: { width: 128, height: 96, steps: 20, guidance: 4, scheduler: "ddim" },
        }],
      });
    });
  });

  describe("health", () => {
    it("is alive always, ready only between loading and draining", async () => {
      for (
        const [now, status, code] of [["loading", 503, "model_loading"], ["draining", 503, "server_draining"]] as const
      ) {
        state = now;
        const readyz = await app.request("/readyz");
        expect(readyz.status).toBe(status);
        expect(readyz.headers.get("cache-control")).toBe("no-store");
        expect(Number(readyz.headers.get("retry-after"))).toBeGreaterThan(0);
        expect(await readyz.json()).toMatchObject({ status, error: { code, type: "unavailable_error" } });
        expect((await post({ prompt: "x" })).status).toBe(status);
        expect((await app.request("/livez")).status).toBe(200);
      }
      state = "ready";
      const readyz = await app.request("/readyz");
      expect([readyz.status, readyz.headers.get("cache-control")]).toEqual([200, "no-store"]);
      expect(await readyz.json()).toEqual({ status: "ready" });
    });
  });
});
