import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSettings } from "../models/store/settings.ts";
import { FakeHub, streamOf, wellServed } from "./fakes/fake_hub.ts";
import { FakeWorld } from "./fakes/fake_world.ts";

const GRAPHS = fileURLToPath(new URL("./devices/graphs/", import.meta.url));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("latentd pull", () => {
  let home: string;
  let hub: FakeHub;
  let world: FakeWorld;

  beforeEach(async () => {
    home = await Deno.makeTempDir();
    hub = new FakeHub();
    world = new FakeWorld();
    world.store = settings();
    // What onnx itself wrote stands for an exported denoiser: its weights lie in external.onnx_data.
    hub.add("unet/model.onnx", await Deno.readFile(join(GRAPHS, "external.onnx")))
      .add("unet/external.onnx_data", await Deno.readFile(join(GRAPHS, "external.onnx_data")))
      .add("unet/diffusion_pytorch_model.safetensors", new Uint8Array(5000))
      .add("unet/model_fp16.onnx", new Uint8Array(3000))
      .add("unet/config.json", '{"in_channels":4}')
      .add("text_encoder/model.onnx", await Deno.readFile(join(GRAPHS, "conv_9.onnx")))
      .add("text_encoder/config.json", "{}")
      .add("text_encoder/pytorch_model.bin", new Uint8Array(4000))
      .add("text_encoder/model.safetensors.index.json", "{}")
      .add("tokenizer/vocab.json", `{"${"a".repeat(300)}":1}`)
      .add("tokenizer_2/vocab.json", `{"${"a".repeat(300)}":1}`)
      .add("tokenizer/merges.txt", "a b\n")
      .add("scheduler/scheduler_config.json", '{"_class_name":"PNDMScheduler"}')
      .add("safety_checker/model.onnx", new Uint8Array(3000))
      .add("safety_checker/config.json", "{}")
      .add("README.md", "# A model")
      .add("model_index.json", '{"_class_name":"StableDiffusionPipeline"}');
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    await Deno.remove(home, { recursive: true });
  });

  const NEEDED = [
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "text_encoder/model.onnx",
    "tokenizer/merges.txt",
    "tokenizer/vocab.json",
    "tokenizer_2/vocab.json",
    "unet/config.json",
    "unet/external.onnx_data",
    "unet/model.onnx",
  ];
  function settings(more: Readonly<Record<string, string>> = {}) {
    const env: Readonly<Record<string, string>> = { HOME: home, HF_ENDPOINT: hub.endpoint, ...more };
    return readSettings((name) => env[name]);
  }
  const source = () => `hf:${hub.id}`;
  const repository = () => join(home, ".cache/huggingface/hub/models--someone--some-model");
  /** Runs it to success and gives the folder. */
  async function pulled(...args: readonly string[]): Promise<string> {
    const before = world.stderr.text.length;
    const code = await world.run("pull", ...args);
    expect([code, world.stderr.text.slice(before).match(/error: .*/)?.[0]]).toEqual([0, undefined]);
    return world.stdout.text.trim().split("\n").at(-1)!;
  }
  async function tree(folder: string, below = ""): Promise<string[]> {
    const paths: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      paths.push(...isDirectory ? await tree(folder, path) : [path]);
    }
    return paths.sort();
  }
  async function expectWhole(folder: string, paths: readonly string[] = NEEDED) {
    for (const path of paths) expect(await Deno.readFile(join(folder, path))).toEqual(hub.files.get(path));
  }

  it("fetches what is needed and nothing else, into the cache that other tools share", async () => {
    const folder = await pulled(source());
    expect(folder).toBe(join(repository(), "snapshots", hub.commit));
    expect(await tree(folder)).toEqual(NEEDED);
    await expectWhole(folder);
    expect(hub.fetched).toEqual(NEEDED.filter((path) => path !== "tokenizer_2/vocab.json")); // the same blob
    expect(await Deno.readTextFile(join(repository(), "refs/main"))).toBe(hub.commit);
    for (const path of NEEDED) {
      const link = await Deno.readLink(join(folder, path));
      expect(link).toMatch(/^\.\.\/(\.\.\/)+blobs\/([0-9a-f]{40}|[0-9a-f]{64})$/);
    }
    expect(await Deno.readLink(join(folder, "unet/external.onnx_data"))).toBe(
      `../../../blobs/${sha256(hub.files.get("unet/external.onnx_data")!)}`,
    );
    expect((await tree(join(repository(), "blobs"))).filter((name) => name.includes("."))).toEqual([]);
    expect(world.stderr.text).toContain("checked and stored");
  });

  it("keeps what is there already", async () => {
    await pulled(source());
    hub.seen.length = 0;
    await pulled(source());
    expect(hub.fetched).toEqual([]);
    expect(world.stderr.text).toContain("All of it was here already");
  });

  it("takes the graphs that a config names", async () => {
    const graph = await Deno.readFile(join(GRAPHS, "conv_81.onnx"));
    hub.add("unet/config.json", '{"graphs":{"float":"model.onnx","integer":"model_int8.onnx"}}');
    hub.add("unet/model_int8.onnx", graph);
    await expectWhole(await pulled(source()), [...NEEDED, "unet/model_int8.onnx"]);
  });

  it("pulls branches, pull requests and commits", async () => {
    await pulled(`${source()}@v1`);
    await pulled(`${source()}@refs/pr/1`);
    await pulled(`${source()}@${hub.commit}`);
    expect(await tree(join(repository(), "refs"))).toEqual(["refs/pr/1", "v1"]);
  });

  it("puts it into a folder of choice, with a manifest", async () => {
    const folder = await pulled(source(), "--to", join(home, "mine"));
    expect(folder).toBe(join(home, "mine"));
    expect(await tree(folder)).toEqual(["manifest.json", ...NEEDED]);
    await expectWhole(folder);
    const manifest = JSON.parse(await Deno.readTextFile(join(folder, "manifest.json")));
    expect(Object.keys(manifest)).toEqual(NEEDED);
    for (const path of NEEDED) {
      const bytes = hub.files.get(path)!;
      expect(manifest[path]).toEqual({ size: bytes.length, sha256: sha256(bytes) });
    }
    expect((await Array.fromAsync(Deno.readDir(home))).map(({ name }) => name)).toEqual(["mine"]);
    hub.seen.length = 0;
    await pulled(source(), "--to", folder);
    expect(hub.fetched).toEqual([]);
  });

  it("does not touch a folder that is something else", async () => {
    const folder = join(home, "mine");
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "diary.txt"), "dear diary");
    expect(await world.run("pull", source(), "--to", folder)).toBe(1);
    expect(world.stderr.text).toContain(`${folder} is there already and not hf:${hub.id}@main; remove it`);
    expect(await tree(folder)).toEqual(["diary.txt"]);
  });

  it("pulls from any web server with a manifest, and from a folder", async () => {
    const first = await pulled(source(), "--to", join(home, "some_model"));
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
      const path = join(home, new URL(request.url).pathname.slice(1));
      return wellServed(await Deno.readFile(path), request);
    });
    const web = await pulled(`http://127.0.0.1:${server.addr.port}/some_model/`);
    await server.shutdown();
    expect(web).toBe(join(home, ".cache/latentd/models/some_model"));
    expect(await tree(web)).toEqual(["manifest.json", ...NEEDED]);
    await Deno.rename(first, join(home, "local"));
    const local = await pulled(join(home, "local"));
    expect(await tree(local)).toEqual(["manifest.json", ...NEEDED]);
    await expectWhole(local);
    expect(await Deno.readTextFile(join(local, "manifest.json")))
      .toBe(await Deno.readTextFile(join(web, "manifest.json")));
  });

  it("goes on where a connection was cut", async () => {
    const path = "unet/external.onnx_data";
    const bytes = hub.files.get(path)!;
    hub.faults.set(path, (bytes, request, earlier) => {
      if (earlier > 1) return wellServed(bytes, request);
      const from = Number(/\d+/.exec(request.headers.get("range") ?? "0")![0]);
      const headers = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
      const body = streamOf([bytes.slice(from, from + 50), later(), new Error("Cut")]);
      return new Response(body, from > 0 ? { status: 206, headers } : {});
    });
    await expectWhole(await pulled(source()));
    const ranges = hub.seen.filter((seen) => seen.path === path && seen.host === "cdn").map(({ range }) => range);
    expect(ranges).toEqual([null, "bytes=50-", "bytes=100-"]);
    expect(bytes.length).toBe(256);
  });

  it("goes on in the next run, and starts again if what lay there was spoilt", async () => {
    const path = "unet/external.onnx_data";
    const part = join(repository(), "blobs", `${sha256(hub.files.get(path)!)}.part`);
    for (
      const [left, ranges] of [[hub.files.get(path)!.slice(0, 99), ["bytes=99-"]], [new Uint8Array(99), [
        "bytes=99-",
        null,
      ]]] as const
    ) {
      await Deno.mkdir(dirname(part), { recursive: true });
      await Deno.writeFile(part, left);
      hub.seen.length = 0;
      await expectWhole(await pulled(source()));
      expect(hub.seen.filter((seen) => seen.path === path && seen.host === "cdn").map(({ range }) => range)).toEqual(
        ranges,
      );
      await Deno.remove(repository(), { recursive: true });
    }
  });

  it("starts again where the server cannot resume", async () => {
    const path = "unet/external.onnx_data";
    hub.faults.set(path, (bytes, _, earlier) => {
      return new Response(earlier > 0 ? bytes : streamOf([bytes.slice(0, 50), later(), new Error("Cut")]));
    });
    await expectWhole(await pulled(source()));
  });

  it("waits for slow bytes, but not for a silent server", async () => {
    hub.faults.set("unet/external.onnx_data", (bytes, request, earlier) => {
      if (earlier > 0) return wellServed(bytes, request);
      return new Response(streamOf([bytes.slice(0, 10), later(300), bytes.slice(10, 20), later(300), bytes.slice(20)]));
    });
    hub.faults.set("text_encoder/model.onnx", (bytes, request, earlier) => {
      if (earlier > 0) return wellServed(bytes, request);
      return new Response(streamOf([bytes.slice(0, 10), later(1500), bytes.slice(10)]));
    });
    await expectWhole(await pulled(source()));
    const asked = (path: string) => hub.seen.filter((seen) => seen.path === path && seen.host === "cdn").length;
    expect([asked("unet/external.onnx_data"), asked("text_encoder/model.onnx")]).toEqual([1, 2]);
  });

  it("comes back later when the server is busy", async () => {
    let refusals = 0;
    hub.gate = () => refusals++ < 3 ? new Response("", { status: 429, headers: { "retry-after": "0" } }) : undefined;
    await expectWhole(await pulled(source()));
  });

  it("leaves its part when it is interrupted, and is silent about the rest", async () => {
    hub.faults.set("unet/external.onnx_data", (bytes) => {
      setTimeout(() => world.interrupt.abort(new Error("Interrupted")), 50);
      return new Response(streamOf([bytes.slice(0, 50), later(400)]));
    });
    expect(await world.run("pull", source())).toBe(130);
    expect(await tree(join(repository(), "blobs"))).toContain(
      `${sha256(hub.files.get("unet/external.onnx_data")!)}.part`,
    );
    expect((await tree(repository())).filter((path) => path.startsWith("snapshots"))).toEqual([]);
  });

  it("tells on a terminal how much is here", async () => {
    world.stderr.terminal = true;
    await pulled(source());
    const lines = world.stderr.text.split("\r\x1b[K");
    expect(lines[1]).toMatch(/^[\d.]+ KiB of [\d.]+ KiB {2}\d+ % {2}[\d.]+ [KM]iB\/s( {2}ETA \d+ s)?$/);
    expect(lines.at(-2)).toMatch(/^([\d.]+ KiB) of \1 {2}100 % {2}/);
    expect(lines.at(-1)).toMatch(/^[\d.]+ KiB checked and stored\n/);
  });

  it("may run twice at once", async () => {
    for (const target of [[], ["--to", join(home, "mine")]]) {
      const worlds = [new FakeWorld(), new FakeWorld(), new FakeWorld()];
      for (const each of worlds) each.store = settings();
      const codes = await Promise.all(worlds.map((each) => each.run("pull", source(), ...target)));
      expect([codes, worlds.map((each) => /error: .*/.exec(each.stderr.text)?.[0])]).toEqual([
        [0, 0, 0],
        [undefined, undefined, undefined],
      ]);
      for (const each of worlds) await expectWhole(each.stdout.text.trim());
    }
    const waited = hub.seen.filter(({ path, host }) => path === "unet/external.onnx_data" && host === "cdn").length;
    expect(waited).toBe(2);
    expect((await tree(home)).filter((path) => /\.part|mine\/\.lock/.test(path))).toEqual([]);
  });

  it("shows its token to the hub and to nobody else", async () => {
    world.store = settings({ HF_TOKEN: "hf_secret" });
    await pulled(source());
    const tokens = (host: string) =>
      new Set(hub.seen.filter((seen) => seen.host === host).map((seen) => seen.authorization));
    expect([...tokens("hub")]).toEqual(["Bearer hf_secret"]);
    expect([...tokens("cdn")]).toEqual([null]);
    expect(hub.seen.some(({ host }) => host === "cdn")).toBe(true);
  });

  it("takes the token of a login", async () => {
    await Deno.mkdir(join(home, ".cache/huggingface"), { recursive: true });
    await Deno.writeTextFile(join(home, ".cache/huggingface/token"), "hf_from_file\n");
    world.store = settings();
    await pulled(source());
    expect(hub.seen[0]!.authorization).toBe("Bearer hf_from_file");
  });

  it("asks nobody when it is offline", async () => {
    world.store = settings({ HF_HUB_OFFLINE: "1" });
    expect(await world.run("pull", source())).toBe(1);
    expect(world.stderr.text).toContain(`hf:${hub.id}@main is not here, and HF_HUB_OFFLINE forbids to fetch it`);
    world.store = settings();
    const folder = await pulled(source());
    hub.seen.length = 0;
    world.store = settings({ HF_HUB_OFFLINE: "1" });
    expect(await pulled(source())).toBe(folder);
    expect(hub.seen).toEqual([]);
  });
});

/** A pause in a stream. */
function later(milliseconds = 20): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
