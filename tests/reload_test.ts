import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SettingsSchema } from "../cli/config/settings_schema.ts";
import { openPool } from "../cli/serving/open_pool.ts";
import { readModelMemory } from "../models/memory/model_memory.ts";
import { readModelInfo } from "../models/model_info.ts";
import type { ModelPool } from "../pipeline/model_pool/model_pool.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { openGenerate } from "../pipeline/worker/worker_client.ts";
import { FakeWorld } from "./fakes/fake_world.ts";

const modelOf = (name: string) => fileURLToPath(new URL(`models/${name}`, import.meta.url));

/** With real folders, real workers and the settings of the command line. */
describe("a model whose folder is replaced", () => {
  let home: string;
  let pool: ModelPool;

  beforeEach(async () => {
    home = await Deno.makeTempDir();
    await put("tiny-sd");
    const world = Object.assign(new FakeWorld(), {
      findModels: async () => [await readModelInfo(join(home, "mine"))],
      readModel: readModelInfo,
      modelBytes: async ({ folder }: { folder: string }) => (await readModelMemory(folder, "wasm")).loaded,
      openGenerate,
    });
    pool = await openPool(SettingsSchema.parse({ device: "wasm", threads: 1 }), world, {}, () => {});
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
  async function picture(): Promise<Uint8Array> {
    const { request } = await readRequest({ prompt: "a", seed: 1, steps: 2 }, pool.models);
    const { hash } = pool.models[0]!;
    const options = { signal: new AbortController().signal, modelHash: hash };
    for await (const event of pool.generate(request, options)) if (event.type === "image") return event.image.data;
    throw new Error("No picture was made");
  }

  it("is served anew once it is loaded, and as it was if what is there is broken", async () => {
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
});

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    await (isDirectory ? copy(join(from, name), join(to, name)) : Deno.copyFile(join(from, name), join(to, name)));
  }
}
