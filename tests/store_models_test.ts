import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { dirname, join } from "node:path";
import { findModels } from "../models/catalog.ts";
import { readSettings } from "../models/store/settings.ts";
import { FakeHub } from "./fakes/fake_hub.ts";
import { FakeWorld } from "./fakes/fake_world.ts";
import { externalGraph } from "./fakes/onnx_bytes.ts";

/** Configs of a model that can be used, as diffusers and optimum write them. */
const CONFIGS = {
  "model_index.json": {
    _class_name: "LatentDiffusionPipeline",
    unet: ["diffusers", "UNet2DConditionModel"],
    vae: ["diffusers", "AutoencoderKL"],
    text_encoder: ["transformers", "BertModel"],
    latentd: { name: "emoji-128" },
  },
  "unet/config.json": { in_channels: 4, sample_size: 8, block_out_channels: [32, 64] },
  "vae_decoder/config.json": { latent_channels: 4, scaling_factor: 0.2, block_out_channels: [8, 8, 8, 8] },
  "text_encoder/config.json": { max_length: 77, max_position_embeddings: 77, model_type: "bert" },
  "scheduler/scheduler_config.json": { _class_name: "DDIMScheduler" },
};

describe("latentd models, of what was pulled", () => {
  let home: string;
  let hub: FakeHub;
  let world: FakeWorld;

  beforeEach(async () => {
    home = await Deno.makeTempDir();
    hub = new FakeHub();
    for (const [path, config] of Object.entries(CONFIGS)) hub.add(path, JSON.stringify(config));
    hub.add("unet/model.onnx", externalGraph("weights.pb", { dims: [64] })).add("unet/weights.pb", new Uint8Array(256));
    const env: Readonly<Record<string, string>> = { HOME: home, HF_ENDPOINT: hub.endpoint };
    world = new (class extends FakeWorld {
      override store = readSettings((name) => env[name]);
      override readonly findModels = () => findModels(this.store);
    })();
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    await Deno.remove(home, { recursive: true });
  });

  /** Runs `models …` and gives what was said on both streams by this run. */
  async function models(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const [out, err] = [world.stdout.text.length, world.stderr.text.length];
    const code = await world.run("models", ...args);
    return { code, out: world.stdout.text.slice(out), err: world.stderr.text.slice(err) };
  }
  const pull = async (...args: readonly string[]) => expect(await world.run("pull", ...args)).toBe(0);
  const repository = () => join(home, ".cache/huggingface/hub/models--someone--some-model");
  const snapshot = () => join(repository(), "snapshots", hub.commit);

  it("lists them by short names, after those that ship; a name in the model itself does not count", async () => {
    await pull(`hf:${hub.id}`);
    const { out, err } = await models("list");
    const lines = out.trim().split("\n");
    expect(lines.at(-1)).toMatch(
      /^some-model {2}[0-9a-f]{10} {2}sizes 16 to 256 by 16 {2}.* {2}hf:someone\/some-model@main$/,
    );
    expect(lines.filter((line) => line.startsWith("emoji-128")).length).toBeLessThanOrEqual(1);
    expect(err).toBe("");
    expect((await models()).out).toBe(out);
    const [last] = JSON.parse((await models("list", "--json")).out).slice(-1);
    expect(last).toMatchObject({ name: "some-model", origin: "hf:someone/some-model@main", folder: snapshot() });
  });

  it("has longer names where short ones are taken", async () => {
    await pull(`hf:${hub.id}`);
    await pull(`hf:${hub.id}@v1`);
    await pull(`hf:${hub.id}`, "--to", join(home, "some-model"));
    await pull(join(home, "some-model"));
    const names = (await world.findModels()).map(({ name }) => name);
    expect(names.slice(-3)).toEqual(["someone--some-model", "some-model-v1", "local--some-model"]);
  });

  it("finds them by every name, also for generate", async () => {
    await pull(`hf:${hub.id}`);
    for (const name of ["some-model", hub.id, `hf:${hub.id}`, `hf:${hub.id}@main`]) {
      expect(JSON.parse((await models("show", name)).out)).toMatchObject({ name: "some-model", folder: snapshot() });
      world.opened.length = 0;
      world.obstacle = new Error("Enough");
      await world.run("generate", "x", "--model", name, "-o", join(home, "x.png"));
      expect(world.opened).toMatchObject([{ model: { folder: snapshot() } }]);
    }
    for (const name of ["other", "../some-model", `${hub.id}@v2`, "someone", "", "models--someone--some-model"]) {
      expect(await models("show", name)).toMatchObject({ code: 2, out: "" });
      expect(await models("rm", name)).toMatchObject({ code: 2, out: "" });
    }
    expect(await Deno.readTextFile(join(snapshot(), "model_index.json"))).toContain("latentd");
  });

  it("names a model's weights without reading them, the same wherever they lie", async () => {
    await pull(`hf:${hub.id}`);
    await pull(`hf:${hub.id}`, "--to", join(home, "flat"));
    const hash = async (folder: string) => (await world.findModels()).find((model) => model.folder === folder)?.hash;
    const before = await hash(snapshot());
    await pull(join(home, "flat"));
    expect(await hash(join(home, ".cache/latentd/models/flat"))).toBe(before);
    await Deno.writeFile(await Deno.realPath(join(snapshot(), "unet/weights.pb")), new Uint8Array(256).fill(1));
    expect(await hash(snapshot())).toBe(before);
  });

  it("tells why one cannot be used", async () => {
    hub.files.delete("vae_decoder/config.json");
    await pull(`hf:${hub.id}`);
    expect(world.stderr.text).toContain("note: it cannot be used yet: ");
    const { out, err } = await models("list");
    expect(out).not.toContain("some-model");
    expect(err).toMatch(/^some-model {2}hf:someone\/some-model@main {2}cannot be used: .*vae_decoder\/config.json/);
    expect(JSON.parse((await models("show", "some-model")).out).obstacle).toContain("vae_decoder");
    expect((await models("rm", "some-model")).code).toBe(0);
  });

  it("leaves alone what other tools keep in the cache", async () => {
    const other = join(home, ".cache/huggingface/hub/models--bert-base");
    for (const path of ["snapshots/abc/config.json", "refs/main", "../version.txt", "../datasets--x--y/refs/main"]) {
      await Deno.mkdir(dirname(join(other, path)), { recursive: true });
      await Deno.writeTextFile(join(other, path), "{}");
    }
    expect((await models("list")).err).toBe("");
    expect((await models("list")).out).not.toContain("bert");
  });

  it("verifies every byte", async () => {
    await pull(`hf:${hub.id}`);
    await pull(`hf:${hub.id}`, "--to", join(home, "flat"));
    await pull(join(home, "flat"));
    const names = ["some-model", "flat", join(home, "flat")];
    for (const name of names) {
      expect(await models("verify", name)).toMatchObject({ code: 0, out: `${name}  good  7 files summed\n`, err: "" });
    }
    const places = [snapshot(), join(home, ".cache/latentd/models/flat"), join(home, "flat")];
    for (const [index, name] of names.entries()) {
      const path = join(places[index]!, "unet/weights.pb");
      await Deno.writeFile(path, new Uint8Array(256).fill(1));
      const changed = await models("verify", name);
      expect([changed.code, changed.out]).toEqual([1, `${name}  WRONG  7 files summed\n`]);
      expect(changed.err).toContain(`${path} has another sha256 than the `);
      await Deno.truncate(await Deno.realPath(path), 100);
      expect((await models("verify", name)).err).toContain(`${path} has 100 bytes; its graph needs 256`);
      await Deno.remove(path);
      expect((await models("verify", name)).err).toContain(`${path} is missing`);
    }
  });

  it("verifies places and sizes where no sums are known", async () => {
    for (const [path, bytes] of hub.files) {
      await Deno.mkdir(dirname(join(home, "plain", path)), { recursive: true });
      await Deno.writeFile(join(home, "plain", path), bytes);
    }
    const folder = join(home, "plain");
    expect((await models("verify", folder)).out).toBe(`${folder}  good  0 files summed; 7 have no known sum\n`);
    await Deno.remove(join(folder, "unet/weights.pb"));
    await Deno.symlink("/etc/passwd", join(folder, "unet/weights.pb"));
    expect((await models("verify", folder)).err).toContain(
      "is a link to /etc/passwd; it must stay in the model's folder",
    );
  });

  it("removes one with all of its blobs, and never what ships", async () => {
    await pull(`hf:${hub.id}`);
    expect((await models("rm", hub.id)).err).toBe(`removed ${repository()}\n`);
    expect(await Array.fromAsync(Deno.readDir(join(home, ".cache/huggingface/hub")))).toMatchObject([{
      name: ".locks",
    }]);
    const [builtin] = await world.findModels();
    expect(await models("rm", builtin!.name)).toMatchObject({
      code: 1,
      err: `error: ${builtin!.name} ships with latentd and cannot be removed\n`,
    });
  });
});
