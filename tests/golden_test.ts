import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { fileURLToPath } from "node:url";
import { findModels } from "../models/catalog.ts";
import { type Model, openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import { type Pixels, toPixels } from "../pipeline/images/pixels.ts";
import { readNpy } from "../pipeline/npy.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { Sampler } from "../pipeline/sampler.ts";
import { planFor } from "../pipeline/schedulers/mod.ts";
import { prepare } from "../pipeline/tasks/mod.ts";
import { type Device, DEVICE_NAMES } from "../runtime/device.ts";
import { openForTest } from "./devices/open_for_test.ts";
import cases from "./golden/cases.json" with { type: "json" };

/**
 * What training/latentd_training/golden.py wrote with PyTorch and diffusers: `fp32/` with the weights of the checkpoint,
 * `shipped/` with exactly the rounded weights that ship.
 */
const GOLDEN = fileURLToPath(new URL("golden/", import.meta.url));
type Golden = (typeof cases)[number];
const TEXT_CASES = cases.filter(({ task }) => task === "text-to-image");
const OTHER_CASES = cases.filter(({ task }) => task !== "text-to-image");

const [INFO] = await findModels();

for (const name of DEVICE_NAMES) {
  const device = await openForTest(name);
  if (!device) continue;
  describe(`golden numbers on ${name}`, () => goldenCases(device));
}

function goldenCases(device: Device): void {
  let exact: Model;
  before(async () => {
    exact = await openModel(INFO!.folder, device, { exact: true });
  });
  after(async () => {
    await exact[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
  });
  // Software WebGPU takes half a minute for a picture.
  const slow = device.memory === "gpu";

  it("encodes prompts to PyTorch's numbers", async () => {
    for (const { name, prompt } of TEXT_CASES.slice(0, 4)) {
      const expected = await numbersOf(`shipped/${name}.last_hidden_state.npy`);
      const options = { width: 128, height: 128, guidance: 1, emphasis: false };
      const { given } = await exact.conditioners.text!.encode([prompt], options);
      using encoded = given.context!;
      expect(furthest(await encoded.read(), expected)).toBeLessThan(1e-3);
    }
  });

  for (const golden of slow ? [TEXT_CASES[0]!] : [...TEXT_CASES.slice(0, 4), ...OTHER_CASES]) {
    it(`stays with PyTorch's latents for 20 steps, and ends at its picture: ${golden.name}`, async () => {
      const expected = await numbersOf(`shipped/${golden.name}.latents.npy`);
      const request = await requestOf(golden);
      const plan = planFor(request.scheduler, INFO!.schedulerConfig, request.steps, { eta: request.eta });
      using task = await prepare(request, exact, device);
      const noise = await numbersOf(`${golden.name}.noise.npy`);
      const sources = [{ normals: () => noise }];
      const start = await task.start([0], sources, plan);
      using sampler = new Sampler(device, exact.denoiser, request.guidance, start);
      const length = expected.length / golden.steps;
      for (const [index, step] of plan.steps.entries()) {
        await sampler.advance(step, plan.steps[index + 1], sources, false);
        // Each read-back waits for the GPU, and the last numbers tell of all before.
        if (slow && index + 1 < golden.steps) continue;
        const latents = await sampler.latents.read();
        expect(furthest(latents, expected.subarray(index * length, (index + 1) * length))).toBeLessThan(1e-3);
      }
      using image = await exact.autoencoder.decode(sampler.latents);
      const picture = toPixels(await image.read(), request.width, request.height);
      expect(furthest(picture.data, (await pictureOf(`shipped/${golden.name}.png`)).data)).toBeLessThanOrEqual(2);
    });
  }

  if (slow) return;
  it("makes pictures that look like those of the unrounded weights, with what ships", async () => {
    await using model = await openModel(INFO!.folder, device);
    const generate = createGenerate(model, device);
    const psnr: number[] = [];
    for (const golden of TEXT_CASES) {
      const events = generate(await requestOf(golden), { signal: new AbortController().signal });
      for await (const event of events) {
        if (event.type === "image") psnr.push(psnrOf(event.image, await pictureOf(`fp32/${golden.name}.png`)));
      }
    }
    psnr.sort((a, b) => a - b);
    expect(psnr.length).toBe(16);
    expect((psnr[7]! + psnr[8]!) / 2).toBeGreaterThanOrEqual(35);
  });
}

async function requestOf({ name, task, prompt, class: kind, boxes, seed, steps, guidance }: Golden) {
  const body = {
    task,
    seed,
    steps,
    ...(task !== "unconditional" && { guidance }),
    ...(prompt !== undefined && { prompt }),
    ...(kind !== undefined && { class: kind }),
    ...(boxes && { boxes: boxes.map(([text, ...box]) => ({ text, box })) }),
    ...(task === "inpainting" && {
      image: await Deno.readFile(`${GOLDEN}${name}.image.png`),
      mask: await Deno.readFile(`${GOLDEN}${name}.mask.png`),
    }),
    ...(task === "super-resolution" && {
      image: await Deno.readFile(`${GOLDEN}${name}.low.png`),
      back_projection: 0, // the reference ends with the decoder
    }),
  };
  return (await readRequest(body, [INFO!])).request;
}

async function numbersOf(file: string): Promise<Float32Array> {
  return readNpy(await Deno.readFile(GOLDEN + file)).data;
}

async function pictureOf(file: string): Promise<Pixels> {
  const { width, height, data, channels } = decode(await Deno.readFile(GOLDEN + file));
  expect(channels).toBe(3);
  return { width, height, data: Uint8Array.from(data) };
}

/** The largest difference. */
function furthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...Array.from(actual, (number, index) => Math.abs(number - expected[index]!)));
}

/** Peak signal-to-noise ratio of two pictures of bytes, in dB. */
function psnrOf(a: Pixels, b: Pixels): number {
  expect(a.data.length).toBe(b.data.length);
  const squares = a.data.reduce((sum, value, index) => sum + (value - b.data[index]!) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / a.data.length));
}
