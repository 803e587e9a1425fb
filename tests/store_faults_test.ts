import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { readSettings } from "../models/store/settings.ts";
import { FakeHub, type Fault, streamOf } from "./fakes/fake_hub.ts";
import { FakeWorld } from "./fakes/fake_world.ts";
import { block, externalGraph, graph } from "./fakes/onnx_bytes.ts";

/** Longer than what the fake hub serves without sending on to another host. */
const WEIGHTS = Uint8Array.from({ length: 256 }, (_, index) => index);

describe("latentd pull, of what is wrong", () => {
  let home: string;
  let hub: FakeHub;
  let world: FakeWorld;

  beforeEach(async () => {
    home = await Deno.makeTempDir();
    hub = new FakeHub();
    hub.add("model_index.json", "{}")
      .add("unet/config.json", '{"in_channels":4}')
      .add("unet/model.onnx", externalGraph("weights.pb", { dims: [64], offset: 0, length: 256 }))
      .add("unet/weights.pb", WEIGHTS.slice());
    world = new FakeWorld();
    use({});
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    await Deno.remove(home, { recursive: true });
  });

  function use(more: Readonly<Record<string, string>>) {
    const env: Readonly<Record<string, string>> = { HOME: home, HF_ENDPOINT: hub.endpoint, ...more };
    world.store = readSettings((name) => env[name]);
  }
  /** Every file but lock files. */
  async function left(folder = home): Promise<string[]> {
    const found: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) found.push(...await left(join(folder, name)));
      else if (!name.endsWith(".lock")) found.push(name);
    }
    return found;
  }
  /** Checks that it fails into both kinds of places and that nothing stays there, and gives the reason. */
  async function refused(): Promise<string> {
    const reasons = new Set<string>();
    for (const target of [[], ["--to", join(home, "mine")]]) {
      world = Object.assign(new FakeWorld(), { store: world.store });
      expect(await world.run("pull", `hf:${hub.id}`, ...target)).toBe(1);
      expect(world.stdout.text).toBe("");
      expect(await left()).toEqual([]);
      reasons.add(world.stderr.text);
    }
    expect(reasons.size).toBe(1);
    return [...reasons][0]!;
  }
  const serving = (fault: Fault) => hub.faults.set("unet/weights.pb", fault);
  const lying = (path: string, lie: Record<string, unknown>) =>
    hub.lie = (entry) => (entry["path"] === path ? { ...entry, ...lie } : entry);

  it("is whole without a fault", async () => {
    expect(await world.run("pull", `hf:${hub.id}`)).toBe(0);
  });

  it("bytes with another sum", async () => {
    serving((bytes) => new Response(bytes.with(77, 0)));
    expect(await refused()).toMatch(
      /^error: unet\/weights.pb has another sha256 than the [0-9a-f]{64} it must have\n$/,
    );
  });

  it("small files with another sum", async () => {
    hub.faults.set("unet/config.json", (bytes) => new Response(bytes.with(2, 0x78)));
    expect(await refused()).toContain("error: unet/config.json has another git-sha1 than the ");
  });

  it("lengths other than the listed one, before a byte is read", async () => {
    serving((bytes) => new Response(bytes.slice(0, 200)));
    expect(await refused()).toContain("unet/weights.pb has 200 bytes at its source; it must have 256");
    serving(() => new Response(new Uint8Array(1 << 20)));
    expect(await refused()).toContain("unet/weights.pb has 1048576 bytes at its source; it must have 256");
  });

  it("bytes without an end", async () => {
    serving((bytes) => new Response(streamOf(Array(100).fill(bytes))));
    expect(await refused()).toContain("unet/weights.pb goes on after the 256 bytes it must have");
  });

  it("a Content-Length that lies, over a raw connection", async () => {
    let claim = "";
    using raw = new RawServer(
      () => [`HTTP/1.1 200 OK\r\n${claim}\r\nConnection: close\r\n\r\n`, WEIGHTS.slice(0, 128)],
    );
    hub.gate = (request) =>
      request.url.endsWith("weights.pb")
        ? new Response("", { status: 302, headers: { location: raw.url } })
        : undefined;
    claim = "Content-Length: 9999999";
    expect(await refused()).toContain("unet/weights.pb has 9999999 bytes at its source; it must have 256");
    claim = "Content-Length: 100";
    expect(await refused()).toContain("unet/weights.pb has 100 bytes at its source; it must have 256");
    claim = "Content-Length: 256"; // and 128 come, again and again
    expect(await world.run("pull", `hf:${hub.id}`)).toBe(1);
    expect((await left()).filter((name) => name.endsWith(".part"))).toHaveLength(1);
  });

  it("files that end early every time: not kept under their name, and told", async () => {
    serving((bytes, request) => {
      const from = Number(/\d+/.exec(request.headers.get("range") ?? "0")![0]);
      const headers = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
      return new Response(streamOf([bytes.slice(from, 100)]), from > 0 ? { status: 206, headers } : {});
    });
    expect(await world.run("pull", `hf:${hub.id}`)).toBe(1);
    expect(world.stderr.text).toContain("unet/weights.pb was cut off after 100 of 256 bytes");
    expect((await left()).filter((name) => name.endsWith(".part"))).toHaveLength(1);
  });

  it("names that leave the folder", async () => {
    const names = [
      "../secret",
      "unet/../../secret",
      "/etc/passwd",
      "unet\\..\\x",
      "C:\\x",
      "unet//x",
      "./x",
      "a\0b",
      "",
    ];
    for (const path of names) {
      lying("unet/config.json", { path });
      expect(await refused()).toContain(`names ${JSON.stringify(path)}; it must be a path inside its folder`);
    }
  });

  it("listings that lie", async () => {
    for (
      const lie of [{ size: -1 }, { size: 1.5 }, { size: "10" }, { size: 1e300 }, { oid: "../../x" }, { oid: null }]
    ) {
      lying("unet/config.json", lie);
      expect(await refused()).toContain("is listed without a size and a sum");
    }
    lying("unet/weights.pb", { lfs: { oid: "0".repeat(64), size: 1e15 } });
    expect(await world.run("pull", `hf:${hub.id}`)).toBe(1);
    expect(world.stderr.text).toContain(`needs 1000000000000000 bytes more, but only`);
  });

  it("weights outside the folder", async () => {
    const names = ["../../../secret", "/etc/passwd", "..\\secret", "a/../../b", "", ".", "C:weights"];
    for (const location of names) {
      hub.add("unet/model.onnx", externalGraph(location));
      expect(await refused()).toContain(
        `unet/model.onnx names ${JSON.stringify(location)}; it must be a path inside its folder`,
      );
    }
  });

  it("weights that are missing or shorter than the graph says", async () => {
    hub.add("unet/model.onnx", externalGraph("other.pb"));
    expect(await refused()).toContain("unet/other.pb is missing; unet/model.onnx has its weights there");
    hub.add("unet/model.onnx", externalGraph("weights.pb", { dims: [64], offset: 4 }));
    expect(await refused()).toContain("unet/weights.pb has 256 bytes; its graph needs 260");
  });

  it("graphs that are none", async () => {
    hub.add("unet/model.onnx", "PK\x03\x04 not a graph");
    expect(await refused()).toContain("unet/model.onnx is no whole ONNX graph");
    hub.add("unet/model.onnx", graph(block(1, "x")).slice(0, -1));
    expect(await refused()).toContain("unet/model.onnx is no whole ONNX graph");
  });

  it("repositories that are no pipelines, or not exported", async () => {
    hub.files.delete("unet/model.onnx");
    expect(await refused()).toContain("has no ONNX graphs such as unet/model.onnx; export it to ONNX first");
    hub.files.delete("model_index.json");
    expect(await refused()).toContain("has no model_index.json; it must be a pipeline in the layout of diffusers");
  });

  it("configs that are no JSON", async () => {
    hub.add("unet/config.json", "{");
    expect(await refused()).toContain("unet/config.json is not JSON");
  });

  it("keeps what an earlier pull brought", async () => {
    expect(await world.run("pull", `hf:${hub.id}`)).toBe(0);
    const before = await left();
    hub.add("unet/model.onnx", externalGraph("../x"));
    expect(await world.run("pull", `hf:${hub.id}`)).toBe(1);
    expect(await left()).toEqual(before);
  });

  it("what the hub does not give, in words that help", async () => {
    const cases: [status: number, code: string, told: string][] = [
      [401, "RepoNotFound", "is not there, or private; check the name, or set HF_TOKEN"],
      [401, "", "is not there, or private; check the name, or set HF_TOKEN"],
      [403, "GatedRepo", "is gated; ask for access on its page, then set HF_TOKEN to a token of yours"],
      [401, "GatedRepo", "is gated; ask for access"],
      [403, "", "is forbidden to this token"],
      [404, "RepoNotFound", "is not there, or private"],
      [404, "RevisionNotFound", "there is no such revision"],
      [404, "", "is not there; check the name and the revision"],
      [418, "", "the server answers 418"],
    ];
    for (const [status, code, told] of cases) {
      hub.gate = () => new Response("<html>", { status, headers: { "x-error-code": code } });
      expect(await refused()).toContain(`error: hf:${hub.id}@main`);
      expect(world.stderr.text).toContain(told);
    }
    let asked = 0;
    hub.gate = () => new Response("", { status: asked++ % 2 ? 429 : 503 });
    expect(await refused()).toMatch(/too many requests; try again later|server answers 503; try again later/);
    expect(asked).toBe(8);
    hub.gate = () => new Response("<html>hello</html>");
    expect(await refused()).toContain("does not answer in JSON");
    hub.gate = () => Response.json({ sha: "../../x" });
    expect(await refused()).toContain("tells no commit");
  });

  it("redirects without end, or to what is no web server", async () => {
    hub.gate = (request) => new Response("", { status: 302, headers: { location: request.url } });
    expect(await refused()).toContain("sends on more than 5 times");
    for (const location of ["file:///etc/passwd", "data:application/json,{}", "blob:x"]) {
      hub.gate = () => new Response("", { status: 302, headers: { location } });
      expect(await refused()).toContain("it must stay on https");
    }
  });

  it("a server that is not there", async () => {
    const closed = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => new Response());
    const endpoint = `http://127.0.0.1:${closed.addr.port}`;
    await closed.shutdown();
    use({ HF_ENDPOINT: endpoint });
    expect(await refused()).toContain(endpoint);
  });

  it("names that are none: 2, and nobody is asked", async () => {
    const hubNames = [
      "",
      "x",
      "a/b/c",
      "../x",
      "a/..",
      "a/b@",
      "a/b@../x",
      "a/b@x@y",
      "a--b/c",
      "a/b\0",
      "-a/b",
      "/a/b",
      "a/b c",
    ];
    for (const name of hubNames) {
      expect(await world.run("pull", `hf:${name}`)).toBe(2);
      expect(world.stderr.text).toContain("it must be hf:owner/name or hf:owner/name@revision");
    }
    for (const name of ["nothing/here", "https://", "", "http://127.0.0.1/..%2f/manifest.json", join(home, "a b")]) {
      expect(await world.run("pull", name)).toBe(2);
    }
    expect(world.stderr.text).toContain("if the hub is meant, name it hf:nothing/here");
    expect(hub.seen).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it("manifests over plain http, from elsewhere", async () => {
    expect(await world.run("pull", "http://example.invalid/model/manifest.json")).toBe(1);
    expect(world.stderr.text).toContain("is not on https; it must be, since the manifest vouches for the files");
  });

  it("folders with links out of them", async () => {
    const folder = join(home, "linked");
    await Deno.mkdir(join(folder, "unet"), { recursive: true });
    for (const [path, bytes] of hub.files) await Deno.writeFile(join(folder, path), bytes);
    const secret = join(home, "secret");
    await Deno.writeFile(secret, WEIGHTS);
    const path = join(folder, "unet", "weights.pb");
    for (
      const [link, told] of [[Deno.symlink, "it must stay in the model's folder"], [
        Deno.link,
        "is a hard link",
      ]] as const
    ) {
      await Deno.remove(path);
      await link(secret, path);
      expect(await world.run("pull", folder)).toBe(1);
      expect(world.stderr.text).toContain(`${path} is a`);
      expect(world.stderr.text).toContain(told);
      expect((await left()).filter((name) => name.includes("part") || name === "manifest.json")).toEqual([]);
      expect(await Array.fromAsync(Deno.readDir(join(home, ".cache/latentd/models")))).toEqual([]);
    }
  });
});

/** Answers every connection with the same bytes, whatever HTTP thinks of them. */
class RawServer implements Disposable {
  readonly #listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  readonly url = `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}/x`;

  constructor(answer: () => readonly [head: string, body: Uint8Array<ArrayBuffer>]) {
    this.#run(answer);
  }

  async #run(answer: () => readonly [head: string, body: Uint8Array<ArrayBuffer>]): Promise<void> {
    for await (using connection of this.#listener) {
      await connection.read(new Uint8Array(4096));
      const [head, body] = answer();
      await connection.write(new TextEncoder().encode(head));
      await connection.write(body).catch(() => {}); // the client may have seen enough
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}
