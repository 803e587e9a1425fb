import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import OpenAI, { toFile } from "openai";
import { fill } from "../fakes/fake_generate.ts";
import { fileOf, MASK, PICTURE } from "./files.ts";
import { Served, until } from "./served.ts";

const SIZE = { width: 96, height: 64 };

describe("OpenAI's client of npm, unchanged", () => {
  let served: Served;
  let client: OpenAI;

  beforeEach(async () => {
    served = await Served.open();
    client = served.client();
  });
  afterEach(() => served[Symbol.asyncDispose]());

  const pixelsOf = (base64: string | undefined) => {
    const { width, height, data } = decode(Uint8Array.fromBase64(base64!));
    return { width, height, data: new Uint8Array(data) };
  };

  it("generates", async () => {
    const images = await client.images.generate({
      model: "gpt-image-1",
      prompt: "a red apple",
      size: "96x64",
      n: 2,
      quality: "high",
      ...{ seed: 70_000, steps: 4, cfg_scale: 3, negative_prompt: "blurry", scheduler: "Euler a" },
    });
    expect(served.fake.requests).toMatchObject([{
      task: "text-to-image",
      model: "emoji-128",
      prompt: "a red apple",
      negative_prompt: "blurry",
      seed: 70_000,
      steps: 4,
      guidance: 3,
      scheduler: "euler_ancestral",
      count: 2,
      ...SIZE,
    }]);
    expect(images).toMatchObject({ size: "96x64", quality: "high", background: "opaque", output_format: "png" });
    expect(images.created).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(images.data!.map(({ b64_json }) => pixelsOf(b64_json))).toEqual([fill(SIZE, 70_000), fill(SIZE, 70_001)]);
    expect(images.data).toMatchObject([{ seed: 70_000 }, { seed: 70_001 }]);
    // 8 pixels a latent, a window of 24 tokens.
    expect(images.usage).toEqual({
      input_tokens: 24,
      input_tokens_details: { text_tokens: 24, image_tokens: 0 },
      output_tokens: 192,
      output_tokens_details: { text_tokens: 0, image_tokens: 192 },
      total_tokens: 216,
    });
  });

  it("edits the transparent parts of a mask", async () => {
    const { data } = await client.images.edit({
      image: await toFile(PICTURE, "cat.png", { type: "image/png" }),
      mask: await toFile(MASK, "mask.png", { type: "image/png" }),
      prompt: "a hat",
      size: "96x64",
      n: 1,
      ...{ seed: 5, steps: 3 },
    });
    const [request] = served.fake.requests;
    expect(request).toMatchObject({ task: "inpainting", prompt: "a hat", seed: 5, steps: 3, strength: 1, ...SIZE });
    if (request?.task !== "inpainting") throw new Error("unreachable");
    expect(request.mask.data).toEqual(Uint8ClampedArray.from({ length: 96 * 64 }, (_, i) => i % 96 < 32 ? 255 : 0));
    expect([...request.image.data.subarray(3 * (96 + 5), 3 * (96 + 6))]).toEqual([10, 3, 128]);
    expect(pixelsOf(data![0]!.b64_json)).toEqual(fill(SIZE, 5));
  });

  it("edits a whole picture, in a list or alone, in the picture's own size", async () => {
    for (const image of [fileOf(PICTURE), [fileOf(PICTURE)]]) {
      await client.images.edit({ image, prompt: "as a drawing", input_fidelity: "high" });
    }
    expect(served.fake.requests).toMatchObject(
      [1, 2].map(() => ({ task: "image-to-image", prompt: "as a drawing", strength: 0.8, ...SIZE })),
    );
  });

  it("makes variations", async () => {
    const { data } = await client.images.createVariation({ image: fileOf(PICTURE), n: 3, model: "dall-e-2" });
    expect(served.fake.requests).toMatchObject([{ task: "image-to-image", prompt: "", guidance: 1, strength: 0.6 }]);
    expect(data).toHaveLength(3);
  });

  it("lists and finds models", async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model.id);
    expect(models).toEqual(["emoji-128", "other"]);
    expect(await client.models.retrieve("other")).toMatchObject({
      id: "other",
      object: "model",
      created: 1_700_000_000,
      owned_by: "latentd",
    });
    await expect(client.models.retrieve("gpt-image-1")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it("gets an address on request, which is good without a key", async () => {
    const { data } = await client.images.generate({ prompt: "x", response_format: "url", output_format: "webp" });
    const { url } = data![0]!;
    expect(url).toMatch(new RegExp(`^${served.url}/v1/images/files/[\\w-]{22}$`));
    const answer = await fetch(url!);
    expect(answer.headers.get("content-type")).toBe("image/webp");
    expect(new TextDecoder("latin1").decode(await answer.bytes()).slice(8, 12)).toBe("WEBP");
  });

  it("sees the headers of answers", async () => {
    const { data, response, request_id } = await client.images.generate({ prompt: "x" }).withResponse();
    expect(data.data).toHaveLength(1);
    expect(request_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get("x-latentd-model-hash")).toBe("0123456789");
  });

  it("throws its own errors, with the field's name", async () => {
    const error = await client.images.generate({ prompt: "x", size: "100x60" }).catch((error) => error);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, code: "invalid_size", param: "size", type: "invalid_request_error" });
    expect(error.requestID).toMatch(/^[0-9a-f-]{36}$/);
    expect(error.message).toContain('size is "100x60": width is 100');
    expect(error.message).toContain("nearest are 96 and 112");
    const missing = await client.images.generate({ prompt: "x", model: "emojis" }).catch((error) => error);
    expect(missing).toBeInstanceOf(OpenAI.NotFoundError);
    expect(missing).toMatchObject({ code: "model_not_found", param: "model" });
  });

  it("tries again when the queue is full, and only as often as it should", async () => {
    await using busy = await Served.open({}, 0);
    busy.fake.stepTime = 20;
    const running = busy.client().images.generate({ prompt: "x", ...{ steps: 40 } });
    await until(() => busy.fake.requests.length === 1);
    const refused = await busy.client().images.generate({ prompt: "y" }).catch((error) => error);
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await busy.client({ maxRetries: 2 }).images.generate({ prompt: "z", ...{ steps: 1 } });
    await running;
    expect(busy.fake.requests.map(({ prompt }) => prompt)).toEqual(["x", "z"]);
    expect(busy.seen.map((line) => line.at(-1))).toEqual(["0", "0", "0", "1"]);
  });

  it("does not try again what was begun and failed", async () => {
    served.fake.failure = { after: 2, error: new Error("lost at 0xdead") };
    const error = await served.client({ maxRetries: 2 }).images.generate({ prompt: "x" }).catch((error) => error);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error.message).not.toContain("0xdead");
    expect([served.seen, served.failures]).toEqual([["POST /v1/images/generations 0"], [served.fake.failure.error]]);
  });

  it("ends the job when it gives up waiting, or is told to", async () => {
    served.fake.stepTime = 30;
    const slow = { prompt: "x", ...{ steps: 1000 } };
    const late = client.images.generate(slow, { timeout: 200 });
    await expect(late).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    await until(() => served.fake.aborted !== undefined);
    served.fake.aborted = undefined;
    const caller = new AbortController();
    const answer = client.images.generate(slow, { signal: caller.signal });
    await until(() => served.fake.requests.length === 2);
    caller.abort();
    await expect(answer).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await until(() => served.fake.aborted !== undefined);
    expect(served.failures).toEqual([]);
  });
});
