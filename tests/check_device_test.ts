import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { verifyDevice } from "../cli/commands/verify_device.ts";
import { writeVerdict } from "../models/check/verdicts.ts";
import { verdictFolder } from "../models/store/settings.ts";
import { checkDevice } from "../models/check/check_device.ts";
import { openGenerator } from "../pipeline/generator.ts";
import { readModelInfo } from "../models/model_info.ts";
import { DEVICE_NAMES } from "../runtime/device.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { wrongIn } from "./devices/wrong_device.ts";
import { FakeWorld } from "./fakes/fake_world.ts";

const folderOf = (name: string) => fileURLToPath(new URL(`./models/${name}/`, import.meta.url));
const reference = (await openForTest("wasm"))!;

const MODELS = ["tiny-sd", "tiny-sd2", "tiny-ldm-class-labels"];

describe("checkDevice", () => {
  for (const name of DEVICE_NAMES.filter((name) => name !== "wasm")) {
    it(`finds ${name} as good as wasm`, async () => {
      const device = await openForTest(name);
      if (!device) return;
      for (const model of name === "webgpu" ? MODELS.slice(0, 1) : MODELS) {
        const checks = await checkDevice(await readModelInfo(folderOf(model)), device, reference);
        expect(checks.map(({ part }) => part)).toContain("unet");
        expect([model, checks.filter(({ isGood }) => !isGood)]).toEqual([model, []]);
      }
      await device[Symbol.asyncDispose]();
    });
  }

  const SPOILS: Readonly<Record<string, (numbers: Float32Array) => Float32Array>> = {
    "one number off by a tenth": (numbers) => numbers.with(7, numbers[7]! + 0.1 * Math.max(...numbers)),
    "one that is none": (numbers) => numbers.with(3, NaN),
    "mirrored": (numbers) => numbers.toReversed(),
  };
  for (const part of ["text_encoder", "unet", "vae_decoder", "vae_encoder"]) {
    for (const [what, spoil] of Object.entries(SPOILS).slice(0, part === "unet" ? 3 : 1)) {
      it(`finds ${part} wrong: ${what}`, async () => {
        const checks = await checkDevice(
          await readModelInfo(folderOf("tiny-sd")),
          wrongIn(reference, part, spoil),
          reference,
        );
        const wrong = checks.filter(({ isGood }) => !isGood).map(({ part }) => part.split(" ")[0]);
        // Each network answers for itself.
        expect(wrong).toEqual([part]);
      });
    }
  }
});

describe("models verify --device", () => {
  const tiny = [{ name: "tiny-sd", folder: folderOf("tiny-sd") }];

  it("tells each network, and what to do where one is wrong", async () => {
    const cache = await Deno.makeTempDir();
    const world = new FakeWorld();
    world.store = { ...world.store, ownCache: join(cache, "models") };
    const device = wrongIn(reference, "unet", (numbers) => numbers.map((value) => -value));
    await expect(verifyDevice(device, reference, tiny, world)).rejects.toThrow(
      /^tiny-sd cannot be trusted on wasm: choose --device wasm/,
    );
    expect(world.stdout.text).toMatch(/^tiny-sd {2}unet {2}fp32 {2}difference 2\.0e\+0 of at most 0\.002 {2}WRONG$/m);
    expect(world.stdout.text).toMatch(
      /^tiny-sd {2}vae_decoder {2}fp32 {2}difference 0\.0e\+0 of at most 0\.002 {2}good$/m,
    );

    const info = await readModelInfo(folderOf("tiny-sd"));
    const verdicts = [verdictFolder(world.store)!];
    const open = () => openGenerator({ model: info, device: "wasm", check: "auto", verdicts });
    await expect(open()).rejects.toThrow(/^Model tiny-sd computes wrongly on wasm .*unet: difference 2\.0e\+0/);
    // Found good, or found wrong with another driver, it is loaded.
    await verifyDevice(reference, reference, tiny, world);
    await (await open())[Symbol.asyncDispose]();
    const other = Object.create(reference, { name: { value: "wasm" }, description: { value: "another" } });
    await writeVerdict(verdicts, info, other, { wrong: ["unet: wrong"], unchecked: [] });
    await (await open())[Symbol.asyncDispose]();
    await Deno.remove(cache, { recursive: true });
  });

  it("has exit code 0 where all is good, 2 for a device that is none", async () => {
    const world = new FakeWorld();
    const cpu = await openForTest("cpu");
    if (cpu) {
      await cpu[Symbol.asyncDispose]();
      expect(await world.run("models", "verify", folderOf("tiny-sd"), "--device", "cpu")).toBe(0);
      expect(world.stdout.text).toContain("unet  fp32");
    }
    expect(await world.run("models", "verify", "--device", "tpu")).toBe(2);
  });
});
