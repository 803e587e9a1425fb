import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import OpenAI from "openai";
import { fileOf, png } from "./files.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

describe("OpenAI's client and the built-in model", () => {
  it("make a picture, the same for the same seed, and repaint only what is transparent in a mask", async () => {
    const state = await Deno.makeTempDir();
    const args = [
      "run",
      "-A",
      "--lock=native.lock",
      MAIN,
      "serve",
      "--port",
      "0",
      "--device",
      "wasm",
      "--state",
      state,
    ];
    const server = spawn(Deno.execPath(), args, { stdio: ["ignore", "ignore", "pipe"] });
    try {
      let told = "";
      for await (const text of server.stderr) if ((told += text).includes("ready:")) break;
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(told)!;
      const client = new OpenAI({ apiKey: "none", baseURL: `${url}/v1`, maxRetries: 0 });
      const ask = { prompt: "a red apple, fluent style", ...{ seed: 7, steps: 4 } };
      const [first, again] = [await client.images.generate(ask), await client.images.generate(ask)];
      expect(again.data).toEqual(first.data);

      const apple = Uint8Array.fromBase64(first.data![0]!.b64_json!);
      const mask = fileOf(png(128, 128, (x) => [0, 0, 0, x < 64 ? 0 : 255]));
      const edited = await client.images.edit({ image: fileOf(apple), mask, ...ask, prompt: "a blue fish" });
      const [before, after] = [decode(apple), decode(Uint8Array.fromBase64(edited.data![0]!.b64_json!))];
      const half = ({ data }: { readonly data: ArrayLike<number> }, from: number) =>
        Array.from({ length: 128 }, (_, y) => Array.from(data).slice(3 * (128 * y + from), 3 * (128 * y + from + 64)));
      expect([before.width, before.height, after.width, after.height]).toEqual([128, 128, 128, 128]);
      expect(half(after, 64)).toEqual(half(before, 64));
      expect(half(after, 0)).not.toEqual(half(before, 0));

      const events = [];
      for await (const event of await client.images.generate({ ...ask, stream: true, partial_images: 1 })) {
        events.push(event);
      }
      expect(events.map(({ type }) => type)).toEqual(["image_generation.partial_image", "image_generation.completed"]);
      expect(events[1]!.b64_json).toBe(first.data![0]!.b64_json);
      expect(events[0]!.b64_json).not.toBe(events[1]!.b64_json);
    } finally {
      const closed = once(server, "close");
      server.kill("SIGKILL");
      await closed;
      await Deno.remove(state, { recursive: true });
    }
  });
});
