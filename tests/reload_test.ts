import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SettingsSchema } from "../cli/config/settings_schema.ts";
import { openPool } from "../cli/serving/open_pool.ts";
import { FilesChangedError } from "../models/graphs/files_changed_error.ts";
import { heldBytes, type MemoryPlan, type MemorySetting } from "../models/memory/memory_plan.ts";
import { readModelMemory } from "../models/memory/model_memory.ts";
import { type ModelInfo, readModelInfo } from "../models/model_info.ts";
import type { ModelPool } from "../pipeline/model_pool/model_pool.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";
import type { DeviceName } from "../runtime/device.ts";
import { FakeWorld } from "./fakes/fake_world.ts";

const modelOf = (name: string) => fileURLToPath(new URL(`models/${name}`, import.meta.url));

/** With real folders, real workers and the settings of the command line. */
describe("a model whose folder is replaced", () => {
  let home: string;
  let pool: ModelPool;
  let open: (memory: MemorySetting) => Promise<void>;

  beforeEach(async () => {
    home = await Deno.makeTempDir();
    await put("tiny-sd");
    const world = Object.assign(new FakeWorld(), {
      findModels: async () => [await readModelInfo(join(home, "mine"))],
      readModel: readModelInfo,
      modelBytes: async ({ folder }: ModelInfo, device: DeviceName, plan: MemoryPlan) =>
        heldBytes(await readModelMemory(folder, device), plan),
      openGenerate,
    });
    open = async (memory) => {
      pool = await openPool(SettingsSchema.parse({ device: "wasm", threads: 1, memory }), world, {}, () => {});
    };
  });
  afterEach(async () => {
    await pool[Symbol.asyncDispose]();
    await Deno.remove(home, { recursive: true });
  });

  /** Writes a copy of a model beside the one that is served, spoils it or not, and puts it in its place. */
  async function put(name: string, spoil = (_: string) => Promise.resolve()): Promise<void> {
    const [fresh, mine, old] = ["fresh", "mine", "old"].map((part) => join(home, part)) as [string, string, string];
    await copy(modelOf(name), fresh);
    await spoil(fresh);
    await Deno.rename(mine, old).catch(() => {});
    await Deno.rename(fresh, mine);
    await Deno.remove(old, { recursive: true }).catch(() => {});
  }
  async function picture(body = {}): Promise<Uint8Array> {
    const { request } = await readRequest({ prompt: "a", seed: 1, steps: 2, ...body }, pool.models);
    const { hash } = pool.models[0]!;
    const options = { signal: new AbortController().signal, modelHash: hash };
    for await (const event of pool.generate(request, options)) if (event.type === "image") return event.image.data;
    throw new Error("No picture was made");
  }

  /** The model counts as much as its networks that are held, and a worker. */
  async function expectBytes(plan: MemoryPlan): Promise<void> {
    const memory = await readModelMemory(join(home, "mine"), "wasm");
    expect(pool.loaded().map(({ bytes }) => bytes)).toEqual([heldBytes(memory, plan) + 250e6]);
  }

  it("is served anew once it is loaded, and as it was if what is there is broken", async () => {
    await open("auto");
    await pool.load("mine");
    const [first, { hash }] = [await picture(), pool.models[0]!];
    await put("tiny-sd-int8");
    expect(await picture()).toEqual(first);
    await pool.load("mine");
    expect(pool.models[0]!.hash).not.toBe(hash);
    const second = await picture();
    expect(second).not.toEqual(first);

    await put("tiny-sd", (folder) => Deno.truncate(join(folder, "unet/model.onnx"), 1000));
    const error = await pool.load("mine").catch((error) => error);
    expect(error.message).toMatch(/^model mine cannot be loaded: .*unet\/model\.onnx/);
    expect(error.message).not.toContain(home);
    expect(await picture()).toEqual(second);
  });

  it("is not mixed with what is there now where its graphs are read again for each picture", async () => {
    await open("low");
    const first = await picture();
    await expectBytes("one at a time");
    await put("tiny-sd-int8");
    for (let time = 0; time < 2; time++) {
      const error = await picture().catch((error) => error);
      expect(error).toBeInstanceOf(FilesChangedError);
      expect(error.message).toBe(
        "File text_encoder/model.onnx of model mine has changed since the model was opened; " +
          "load the model again to use what is there now",
      );
    }
    await pool.load("mine");
    expect(await picture()).not.toEqual(first);
  });

  it("is not mixed with it either where a graph is first read when a request needs it", async () => {
    const image = (await Deno.readFile(new URL("golden/fp32/text-0.png", import.meta.url))).toBase64();
    await open("auto");
    const first = await picture();
    await expectBytes("whole");
    await put("tiny-sd-int8");
    await expect(picture({ image })).rejects.toThrow("File vae_encoder/model.onnx of model mine has changed");
    expect(await picture()).toEqual(first);
  });
});

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    await (isDirectory ? copy(join(from, name), join(to, name)) : Deno.copyFile(join(from, name), join(to, name)));
  }
}
