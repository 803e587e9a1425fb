import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { type Device, DEVICE_NAMES } from "../runtime/device.ts";
import { loadingBy } from "../runtime/loading_by.ts";
import { oneAtATime } from "../runtime/one_at_a_time.ts";
import { openForTest } from "./devices/open_for_test.ts";

const FOLDER = fileURLToPath(new URL("./models/tiny-sdxl/", import.meta.url));

/** Tells what is loaded and released on a device. */
function watched(device: Device, told: string[]): Device {
  return loadingBy(async (graph) => {
    const part = graph.path.split("/").at(-2)!;
    told.push(`+${part}`);
    const session = await device.load(graph);
    return {
      ...{ inputs: session.inputs, outputs: session.outputs, run: session.run.bind(session) },
      [Symbol.asyncDispose]: () => {
        told.push(`-${part}`);
        return session[Symbol.asyncDispose]();
      },
    };
  }, device);
}

async function pictureOf(device: Device, memory: "auto" | "low"): Promise<Uint8Array> {
  await using model = await openModel(FOLDER, device, { memory });
  const body = { prompt: "a cat", steps: 2, seed: 5, width: 32, height: 48, count: 1 };
  const { request } = await readRequest(body, [model.info]);
  for await (const event of createGenerate(model, device)(request, { signal: new AbortController().signal })) {
    if (event.type === "image") return event.image.data;
  }
  throw new Error("There was no picture");
}

for (const name of DEVICE_NAMES) {
  const device = await openForTest(name);
  if (!device) continue;
  describe(`one network at a time on ${name}`, () => {
    it("makes the same picture, and holds one network at a time", async () => {
      const told: string[] = [];
      const low = await pictureOf(watched(device, told), "low");
      expect(low).toEqual(await pictureOf(device, "auto"));
      const held = new Set<string>();
      for (const each of told) {
        if (each.startsWith("-")) held.delete(each.slice(1));
        else {
          expect([...held]).toEqual([]);
          held.add(each.slice(1));
        }
      }
      expect([...held]).toEqual([]);
      const rounds = told.filter((each) => each === "+unet").length;
      // Once when the model is opened, to see that it is whole, and once for the picture.
      expect(rounds).toBe(2);
      expect(device.counts().liveTensors).toBe(0);
    });

    it("is chosen where all together would not fit; what cannot fit is refused before anything is loaded", async () => {
      const told: string[] = [];
      const endless = { total: Infinity, free: Infinity, tensor: Infinity };
      const tight = { ...endless, free: 0 };
      await using _model = await openModel(FOLDER, watched(device, told), { limits: tight });
      expect(told.slice(0, 3)).toEqual(["+unet", "-unet", "+text_encoder"]);
      told.length = 0;
      const tiny = { ...endless, free: 0, total: 1000 };
      await expect(openModel(FOLDER, watched(device, told), { limits: tiny })).rejects.toThrow(
        /tiny-sdxl cannot be loaded/,
      );
      expect(told).toEqual([]);
    });

    it("runs what is asked for at the same time one after the other", async () => {
      const graph = { path: `${FOLDER}vae_decoder/model.onnx`, external: [] };
      const low = oneAtATime(device);
      await using first = await low.load(graph);
      await using second = await low.load({ ...graph });
      using latents = device.upload("B C h w", [1, 4, 4, 4], new Float32Array(64).fill(0.5));
      const [input, output] = [first.inputs[0]!.name, first.outputs[0]!.name];
      const run = async (session: typeof first) => {
        using image = (await session.run({ [input]: latents }, { [output]: "B 3 H W" }))[output]!;
        return await image.read();
      };
      const [one, two, three] = await Promise.all([run(first), run(second), run(first)]);
      expect(two).toEqual(one!);
      expect(three).toEqual(one!);
    });
  });
}
