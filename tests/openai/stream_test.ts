import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import OpenAI from "openai";
import { ProblemSchema } from "../../routes/answers/problem.ts";
import { fill } from "../fakes/fake_generate.ts";
import { fileOf, MASK, PICTURE } from "./files.ts";
import { Served, until } from "./served.ts";

const STREAM = { prompt: "x", size: "96x64", stream: true } as const;

describe("a stream of OpenAI's Images API", () => {
  let served: Served;
  let client: OpenAI;

  beforeEach(async () => {
    served = await Served.open({ keepAlive: 30 }, 1);
    client = served.client();
  });
  afterEach(() => served[Symbol.asyncDispose]());

  const pixelsOf = (base64: string) => {
    const { width, height, data } = decode(Uint8Array.fromBase64(base64));
    return { width, height, data: new Uint8Array(data) };
  };
  const about = { size: "96x64", quality: "low", background: "opaque", output_format: "png" };
  const usage = {
    input_tokens: 24,
    input_tokens_details: { text_tokens: 24, image_tokens: 0 },
    output_tokens: 96,
    total_tokens: 120,
  };

  it("has partial pictures, then the picture, each what it says", async () => {
    const events = await client.images.generate({
      ...STREAM,
      quality: "low",
      partial_images: 3,
      ...{ steps: 8, seed: 9 },
    });
    const all = [];
    for await (const event of events) all.push(event);
    expect(all.map(({ type }) => type)).toEqual([
      ...Array(3).fill("image_generation.partial_image"),
      "image_generation.completed",
    ]);
    expect(all.slice(0, 3)).toMatchObject([0, 1, 2].map((index) => ({ ...about, partial_image_index: index })));
    expect(all[3]).toMatchObject({ ...about, usage, seed: 9 });
    // The fake's previews show their step, its pictures their seed.
    const size = { width: 96, height: 64 };
    expect(all.map(({ b64_json }) => pixelsOf(b64_json))).toEqual([2, 4, 6, 9].map((value) => fill(size, value)));
    for (const { created_at } of all) expect(Math.abs(created_at - Date.now() / 1000)).toBeLessThan(60);
  });

  it("has the picture alone without partial pictures, and every picture of several", async () => {
    const all = [];
    for await (const event of await client.images.generate({ ...STREAM, n: 2, ...{ seed: 5 } })) all.push(event);
    expect(all).toMatchObject([0, 1].map((index) => ({ type: "image_generation.completed", index, seed: 5 + index })));
  });

  it("of an edit has events of its own names", async () => {
    const [image, mask] = [fileOf(PICTURE), fileOf(MASK)];
    const types = [];
    const events = await client.images.edit({ ...STREAM, image, mask, partial_images: 1, output_format: "jpeg" });
    for await (const { type, output_format, b64_json } of events) {
      types.push(type);
      expect(output_format).toBe("jpeg");
      expect([...Uint8Array.fromBase64(b64_json).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    }
    expect(types).toEqual(["image_edit.partial_image", "image_edit.completed"]);
  });

  it("ends its job when the reader leaves the loop", async () => {
    served.fake.stepTime = 20;
    const events = await client.images.generate({ ...STREAM, partial_images: 3, ...{ steps: 40 } });
    for await (const { type } of events) {
      expect(type).toBe("image_generation.partial_image");
      break;
    }
    await until(() => served.fake.aborted !== undefined);
    expect(served.fake.steps).toBeLessThan(20); // the step of the next partial picture
    expect(served.failures).toEqual([]);
  });

  it("ends its job while it still waits, when the reader leaves", async () => {
    served.fake.stepTime = 10;
    const running = client.images.generate({ prompt: "first", ...{ steps: 40 } });
    await until(() => served.fake.requests.length === 1);
    const waiting = await client.images.generate({ ...STREAM, prompt: "second" });
    waiting.controller.abort();
    // The line has one place: a third comes in only if the second has left it.
    const third = async (): Promise<unknown> => {
      const answer = await client.images.generate({ prompt: "third", ...{ steps: 1 } }).catch(() => undefined);
      return answer ?? await third();
    };
    await Promise.all([running, third()]);
    expect(served.fake.requests.map(({ prompt }) => prompt)).toEqual(["first", "third"]);
  });

  it("begins at once and shows signs of life while the job waits and while it runs", async () => {
    served.fake.stepTime = 10;
    const running = client.images.generate({ prompt: "first", ...{ steps: 20 } });
    await until(() => served.fake.requests.length === 1);
    const answer = await served.post("generations", { ...STREAM, steps: 20 });
    expect(served.fake.requests).toHaveLength(1);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    const text = await answer.text();
    await running;
    expect(text).toMatch(/^: accepted\n\n(: still there\n\n)+event: image_generation\.completed\ndata: \{.*\}\n\n$/);
    expect(text.split(": still there").length).toBeGreaterThan(5);
  });

  it("is refused with a status as long as that can be sent", async () => {
    served.fake.stepTime = 20;
    const running = [1, 2].map((n) => client.images.generate({ prompt: `${n}`, ...{ steps: 10 } }));
    await until(() => served.fake.requests.length === 1);
    const refused = await client.images.generate(STREAM).catch((error) => error);
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    await Promise.all(running);
    for (
      const [wrong, param] of [[{ size: "95x64" }, "size"], [{ response_format: "url" }, "response_format"]] as const
    ) {
      const error = await client.images.generate({ ...STREAM, ...wrong }).catch((error) => error);
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error.param).toBe(param);
    }
  });

  it("that fails says so, to the client's own error, and not what the server's log is told", async () => {
    served.fake.failure = { after: 5, error: new Error("lost at 0xdead") };
    const events = await client.images.generate({ ...STREAM, partial_images: 1, ...{ steps: 8 } });
    const types: string[] = [];
    const read = async () => {
      for await (const { type } of events) types.push(type);
    };
    const error = await read().catch((error) => error);
    expect(types).toEqual(["image_generation.partial_image"]);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: "internal_error", type: "server_error", param: null });
    expect(served.failures).toEqual([served.fake.failure.error]);

    const answer = await served.post("generations", { ...STREAM, steps: 8 });
    const [, data] = /\nevent: error\ndata: (.*)\n\n$/.exec(await answer.text())!;
    const problem = ProblemSchema.strict().parse(JSON.parse(data!));
    expect(problem.instance).toBe(answer.headers.get("x-request-id"));
    expect(JSON.stringify(problem)).not.toMatch(/0xdead|\.ts/);
  });
});
