import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { join } from "node:path";
import { writeNpy } from "../pipeline/npy.ts";
import { fill } from "./fakes/fake_generate.ts";
import { FakeWorld } from "./fakes/fake_world.ts";
import { MODEL } from "./fakes/models.ts";

/** How a model is opened if no flag says otherwise. */
const USUAL = { device: "auto", thread: "this", memory: "auto", tiles: "auto", check: "auto" } as const;

describe("latentd generate", () => {
  let world: FakeWorld;
  let folder: string;
  let apple: string;

  beforeEach(async () => {
    world = new FakeWorld();
    folder = await Deno.makeTempDir();
    apple = join(folder, "apple.png");
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  const names = async () => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).toSorted();
  const pixelsIn = async (name: string) => {
    const { width, height, data } = decode(await Deno.readFile(join(folder, name)));
    return { width, height, data: new Uint8Array(data) };
  };
  const small = ["--size", "64x80"] as const;

  it("writes the picture that was asked for, and tells its seed", async () => {
    expect(await world.run("generate", "a red apple", "-o", apple, "--seed", "1234567", ...small)).toBe(0);
    expect(await pixelsIn("apple.png")).toEqual(fill({ width: 64, height: 80 }, 1234567));
    expect(await names()).toEqual(["apple.png"]);
    expect(world.stderr.text).toBe(`${apple}: seed 1234567\n`);
    expect(world.stdout.text).toBe("");
    expect(world.opened).toEqual([{ model: MODEL, ...USUAL }]);
    expect(world.closed).toBe(1);
  });

  it("hands every flag on, zeros included", async () => {
    const flags =
      "--memory low --tiles never --check never -n grey -s 0 --steps 3 -g 0 --eta 0 --rng philox --size 64x80 --scheduler DDIM -c 1 -m emoji-128 -d wasm --threads 1"
        .split(
          " ",
        );
    expect(await world.run("generate", "a red apple", "-o", apple, ...flags)).toBe(0);
    expect(world.fake.requests).toEqual([{
      task: "text-to-image",
      model: "emoji-128",
      prompt: "a red apple",
      negative_prompt: "grey",
      emphasis: true,
      seed: 0,
      steps: 3,
      guidance: 0,
      eta: 0,
      rng: "philox",
      width: 64,
      height: 80,
      scheduler: "ddim",
      count: 1,
    }]);
    expect(world.opened).toEqual([{
      ...{ model: MODEL, device: "wasm", thread: "this", threads: 1 },
      ...{ memory: "low", tiles: "never", check: "never" },
    }]);
  });

  it("numbers the files of several pictures", async () => {
    expect(await world.run("generate", "x", "-o", apple, "-c", "3", "-s", "7", ...small)).toBe(0);
    expect(await names()).toEqual(["apple-0.png", "apple-1.png", "apple-2.png"]);
    for (const index of [0, 1, 2]) {
      expect(await pixelsIn(`apple-${index}.png`)).toEqual(fill({ width: 64, height: 80 }, 7 + index));
    }
    expect(world.stderr.text).toContain("apple-2.png: seed 9\n");
  });

  it("puts all pictures on one sheet, beside the single ones only if these are named", async () => {
    const flags = ["-c", "3", "-s", "7", "--contact-sheet", join(folder, "all.png"), ...small];
    expect(await world.run("generate", "x", ...flags)).toBe(0);
    expect(await names()).toEqual(["all.png"]);
    expect(world.stderr.text).toBe(
      `picture 0: seed 7\npicture 1: seed 8\npicture 2: seed 9\n${join(folder, "all.png")}: 3 pictures\n`,
    );
    const sheet = await pixelsIn("all.png");
    expect([sheet.width, sheet.height]).toEqual([128, 160]);
    expect([0, 64, 128 * 80, 128 * 80 + 64].map((pixel) => sheet.data[3 * pixel + 2])).toEqual([7, 8, 9, 255]);
    expect(await world.run("generate", "x", "-o", apple, ...flags, "--json")).toBe(0);
    expect(await names()).toEqual(["all.png", "apple-0.png", "apple-1.png", "apple-2.png"]);
    const lines = world.stdout.text.trim().split("\n").map((line) => JSON.parse(line));
    expect(lines.at(-1)).toEqual({ type: "contact-sheet", file: join(folder, "all.png") });
  });

  it("names files by seed if nothing was said, and then replaces none", async () => {
    const home = Deno.cwd();
    Deno.chdir(folder);
    try {
      for (let i = 0; i < 2; i++) expect(await world.run("generate", "x", "-s", "42", "-c", "2", ...small)).toBe(0);
    } finally {
      Deno.chdir(home);
    }
    expect(await names()).toEqual(["latentd-42-1.png", "latentd-42.png", "latentd-43-1.png", "latentd-43.png"]);
  });

  it("replaces a file that was named, through links, and nothing but files", async () => {
    await Deno.writeTextFile(apple, "old");
    await Deno.symlink(apple, join(folder, "link.png"));
    expect(await world.run("generate", "x", "-o", join(folder, "link.png"), "-s", "5", ...small)).toBe(0);
    expect((await Deno.lstat(join(folder, "link.png"))).isSymlink).toBe(true);
    expect(await pixelsIn("apple.png")).toEqual(fill({ width: 64, height: 80 }, 5));
    expect(await world.run("generate", "x", "-o", "/dev/null", ...small)).toBe(0);
    expect((await Deno.lstat("/dev/null")).isCharDevice).toBe(true);
  });

  it("writes the picture, and nothing else, to standard output", async () => {
    expect(await world.run("generate", "x", "-o", "-", "-s", "9", ...small)).toBe(0);
    const { data } = decode(world.stdout.bytes);
    expect(new Uint8Array(data)).toEqual(fill({ width: 64, height: 80 }, 9).data);
    expect(world.stderr.text).toBe("standard output: seed 9\n");
  });

  it("writes parameters into the PNG, unless asked not to", async () => {
    const textOf = async () => decode(await Deno.readFile(apple)).text;
    await world.run("generate", "a red apple", "-o", apple, "-s", "5", "--guidance", "7.5");
    expect(await textOf()).toEqual({
      parameters: "a red apple\nSteps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 5, Size: 128x96, " +
        "Model hash: 0123456789, Model: emoji-128, RNG: CPU, Version: latentd 9.9.9",
      seed: "5",
      model_hash: "0123456789",
    });
    await world.run("generate", "a red apple", "-o", apple, "--metadata", "none");
    expect(await textOf()).toEqual({});
  });

  it("writes previews as files of their own", async () => {
    expect(await world.run("generate", "x", "-o", apple, "--previews", "4", ...small)).toBe(0);
    const steps = [12, 16, 4, 8].map((step) => `apple-step-${step}.png`);
    expect(await names()).toEqual([...steps, "apple.png"]);
    expect(await pixelsIn("apple-step-12.png")).toEqual(fill({ width: 64, height: 80 }, 12));
  });

  it("takes a model from a folder", async () => {
    await Deno.writeTextFile(join(folder, "model_index.json"), "{}");
    expect(await world.run("generate", "x", "-o", apple, "-m", folder, ...small)).toBe(0);
    expect(world.opened).toEqual([{ model: { ...MODEL, name: "mine", folder }, ...USUAL }]);
    expect(world.fake.requests[0]!.model).toBe("mine");
  });

  it("takes start noise from a .npy file", async () => {
    const noise = join(folder, "noise.npy");
    const data = Float32Array.from({ length: 2 * 4 * 10 * 8 }, (_, i) => i);
    await Deno.writeFile(noise, writeNpy({ dims: [2, 4, 10, 8], data }));
    expect(await world.run("generate", "x", "-o", apple, "-c", "2", "--latents", noise, ...small)).toBe(0);
    expect(world.fake.requests[0]!.latents).toEqual(data);
    await Deno.writeFile(noise, writeNpy({ dims: [4, 10, 8], data: data.slice(0, 320) }));
    expect(await world.run("generate", "x", "-o", apple, "--latents", noise, ...small)).toBe(0);
    expect(world.fake.requests[1]!.latents).toEqual(data.slice(0, 320));
    expect(decode(await Deno.readFile(apple)).text["parameters"]).toContain("Start noise: from a file");
  });

  it("tells what happens as JSON lines", async () => {
    world.fake.notice = "prompt is too long";
    const code = await world.run(
      "generate",
      "x",
      "-o",
      apple,
      "-s",
      "7",
      "--steps",
      "2",
      "--previews",
      "1",
      "--json",
      ...small,
    );
    expect(code).toBe(0);
    expect(world.stderr.text).toBe("");
    expect(world.stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ type: "request", prompt: "x", seed: 7, steps: 2, model_hash: "0123456789" }),
      { type: "device", name: "wasm", description: "2 threads" },
      { type: "notice", message: "prompt is too long" },
      { type: "step", images: [0], step: 1, total: 2, file: join(folder, "apple-step-1.png") },
      { type: "step", images: [0], step: 2, total: 2 },
      {
        type: "image",
        index: 0,
        seed: 7,
        timings: { text: 1.5, denoise: 20, decode: 3 },
        width: 64,
        height: 80,
        file: apple,
      },
    ]);
  });

  it("shows a bar on a terminal only, and nothing at all when quiet", async () => {
    world.stderr.terminal = true;
    expect(await world.run("generate", "x", "-o", apple, ...small)).toBe(0);
    expect(world.stderr.text).toContain("step 7/20");
    expect(world.stderr.text).toMatch(/ETA \d+\.\d s/);
    expect(world.stderr.text.split("\r\x1b[K").at(-1)).toBe("");
    const quiet = new FakeWorld();
    quiet.stderr.terminal = true;
    expect(await quiet.run("generate", "x", "-o", apple, "--quiet", ...small)).toBe(0);
    expect(quiet.stderr.text + quiet.stdout.text).toBe("");
  });

  it("passes notices on", async () => {
    world.fake.notice = "prompt is too long";
    await world.run("generate", "x", "-o", apple, ...small);
    expect(world.stderr.text).toContain("note: prompt is too long\n");
  });

  it("stops within a step when interrupted, and leaves no file behind", async () => {
    world.fake.stepTime = 20;
    const code = world.run("generate", "x", "-o", apple, "--steps", "1000", ...small);
    while (world.fake.steps < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    world.interrupt.abort(new Error("Interrupted"));
    expect(await code).toBe(130);
    expect(world.fake.steps).toBeLessThanOrEqual(4);
    expect(world.closed).toBe(1);
    expect(await names()).toEqual([]);
  });

  it("keeps the old file when interrupted while the new one is written", async () => {
    await Deno.writeTextFile(apple, "old");
    const inner = world.fake.generate;
    const slow: typeof inner = async function* (request, options) {
      for await (const event of inner(request, options)) {
        if (event.type === "image") world.interrupt.abort(new Error("Interrupted"));
        yield event;
      }
    };
    Object.assign(world.fake, { generate: slow });
    expect(await world.run("generate", "x", "-o", apple, ...small)).toBe(130);
    expect(await names()).toEqual(["apple.png"]);
    expect(await Deno.readTextFile(apple)).toBe("old");
  });

  it("fails with 1 and the reason, and leaves no file behind", async () => {
    world.fake.failure = { after: 2, error: new Error("Device was lost") };
    expect(await world.run("generate", "x", "-o", apple, ...small)).toBe(1);
    expect(world.stderr.text).toBe("error: Device was lost\n");
    world.obstacle = new Error("Device webgpu has no adapter");
    expect(await world.run("generate", "x", "-o", apple, ...small)).toBe(1);
    expect(world.stderr.text).toContain("error: Device webgpu has no adapter\n");
    expect(await names()).toEqual([]);
  });
});
