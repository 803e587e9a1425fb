import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkDevice, verdictOf } from "../models/check/check_device.ts";
import { refuseUntrusted, type TrustOptions } from "../models/check/refuse_untrusted.ts";
import { readVerdict, writeVerdict } from "../models/check/verdicts.ts";
import { readModelInfo } from "../models/model_info.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";
import type { Device } from "../runtime/device.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { wrongIn } from "./devices/wrong_device.ts";

const info = await readModelInfo(fileURLToPath(new URL("./models/tiny-ldm-class-labels/", import.meta.url)));
const real = (await openForTest("wasm"))!;
/** Stands for a GPU: what is asked of it does not depend on the hardware. */
const right = wrongIn(real, "none", (numbers) => numbers, "webgpu");
const wrong = wrongIn(real, "unet", (numbers) => numbers.map((value) => -value), "webgpu");
const WRONG =
  /^Model tiny-ldm-class-labels computes wrongly on webgpu \(.*\): unet: difference 2\.0e\+0 of at most 0\.002; choose another --device, .*--check never$/;

describe("a model that is opened", () => {
  let folder: string;
  let told: string[];
  const tell = (text: string) => void told.push(text);
  const trust = (device: Device, options: Partial<TrustOptions> = {}) =>
    refuseUntrusted(info, device, { check: "auto", verdicts: [folder], threads: 1, ...options }, tell);

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    told = [];
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  it("is compared once on webgpu, and says so", async () => {
    await trust(right);
    expect(told).toEqual([
      expect.stringMatching(/^checking tiny-ldm-class-labels on webgpu \(.*\) against \w+, once$/),
    ]);
    await trust(right);
    expect(told).toHaveLength(1);
    expect(await readVerdict([folder], info, right)).toMatchObject({ wrong: [], unchecked: [] });
    // Another adapter is another matter.
    await trust(Object.create(right, { description: { value: "another" } }));
    expect(told).toHaveLength(2);
  });

  it("is refused where it computes wrongly, with the figures, and the next time without comparing", async () => {
    await expect(trust(wrong)).rejects.toThrow(WRONG);
    await expect(trust(wrong)).rejects.toThrow(WRONG);
    expect(told).toHaveLength(1);
    // By the explicit wish it is taken.
    await trust(wrong, { check: "never" });
    // What was found later in the first folder counts: there `models verify` writes.
    const cache = join(folder, "cache");
    await writeVerdict([cache], info, wrong, { wrong: [], unchecked: [] });
    await trust(wrong, { verdicts: [cache, folder] });
    expect(told).toHaveLength(1);
  });

  it("is compared on no other device, and nowhere if nobody asks for it", async () => {
    await trust(wrongIn(real, "unet", (numbers) => numbers.map((value) => -value)));
    await trust(wrong, { check: "never" });
    await refuseUntrusted(info, wrong, { verdicts: [folder] }, tell);
    expect(told).toEqual([]);
  });

  it("has its verdict in the first folder that takes it; where none does it is checked at each start, which is told", async () => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const second = join(folder, "second");
    await trust(right, { verdicts: [file, second] });
    expect([...Deno.readDirSync(second)].map(({ name }) => name)).toEqual([`${info.hash}-webgpu.json`]);
    for (const verdicts of [[], [file]]) {
      told = [];
      await trust(right, { verdicts });
      expect(told[1]).toMatch(
        /^what was found of tiny-ldm-class-labels cannot be kept, so it is checked at each start: /,
      );
      await expect(trust(wrong, { verdicts })).rejects.toThrow(WRONG);
    }
    await Deno.writeTextFile(join(second, `${info.hash}-webgpu.json`), "{");
    told = [];
    await trust(right, { verdicts: [second] });
    expect(told).toHaveLength(1);
  });

  it("is taken, and told as unchecked in part, where the other device cannot hold a network", async () => {
    const full = wrongIn(real, "none", (numbers) => numbers);
    const { load } = full;
    const small: Device = Object.create(full, {
      load: {
        configurable: true,
        value: (graph: Parameters<Device["load"]>[0]) =>
          graph.path.includes("/unet/") ? Promise.reject(new Error("std::bad_alloc")) : load(graph),
      },
    });
    const { wrong: lines, unchecked } = verdictOf(await checkDevice(info, wrong, small));
    expect([lines, unchecked]).toEqual([[], ["unet: std::bad_alloc"]]);
  });

  it("and cannot be run where it is in doubt is left to fail by itself", async () => {
    const broken: Device = Object.create(right, {
      load: { configurable: true, value: () => Promise.reject(new Error("No such shader")) },
    });
    await trust(broken);
    expect(told[1]).toMatch(/^tiny-ldm-class-labels could not be checked on webgpu: .*No such shader$/);
    expect([...Deno.readDirSync(folder)]).toEqual([]);
  });

  it("tells from the worker, and is opened on real WebGPU", async () => {
    const device = await openForTest("webgpu");
    if (!device) return;
    await device[Symbol.asyncDispose]();
    const options = { model: info, device: "webgpu", threads: 1, check: "auto", verdicts: [folder] } as const;
    for (let time = 0; time < 2; time++) await (await openGenerate(options, tell))[Symbol.asyncDispose]();
    expect(told).toEqual([expect.stringContaining("checking tiny-ldm-class-labels on webgpu")]);
    const [{ name }] = [...Deno.readDirSync(folder)] as [Deno.DirEntry];
    const verdict = JSON.parse(await Deno.readTextFile(join(folder, name)));
    await Deno.writeTextFile(join(folder, name), JSON.stringify({ ...verdict, wrong: ["unet: difference 1.0e+0"] }));
    await expect(openGenerate(options, tell)).rejects.toThrow(
      /computes wrongly on webgpu .*unet: difference 1\.0e\+0;/,
    );
    await (await openGenerate({ ...options, check: "never" }, tell))[Symbol.asyncDispose]();
  });
});
