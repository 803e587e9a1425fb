import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findModels } from "../models/catalog.ts";
import { readNpy, writeNpy } from "../pipeline/npy.ts";
import { FakeWorld } from "./fakes/fake_world.ts";
import { plainPng } from "./tasks/all_tasks.ts";

const PICTURE = fileURLToPath(new URL("golden/inpaint-0.image.png", import.meta.url));
const WASM = ["-d", "wasm", "--threads", "1"];
const MODELS = await findModels();

describe("latentd encode, decode and reconstruct", () => {
  let folder: string;
  let world: FakeWorld;
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    world = new (class extends FakeWorld {
      override readonly findModels = () => Promise.resolve(MODELS.slice(0, 1));
    })();
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  it("go there and back by files as they do at once, and tell how near they come", async () => {
    const [latents, decoded, again] = ["l.npy", "d.png", "r.png"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    expect(await world.run("encode", PICTURE, "-o", latents, ...WASM)).toBe(0);
    expect(readNpy(await Deno.readFile(latents)).dims).toEqual([1, 16, 8, 8]);
    expect(await world.run("decode", latents, "-o", decoded, ...WASM)).toBe(0);
    expect(await world.run("reconstruct", PICTURE, "-o", again, ...WASM)).toBe(0);
    expect(await Deno.readFile(decoded)).toEqual(await Deno.readFile(again));
    // 25.3 dB over the pictures it was trained on (its README); this one is among the harder.
    expect(Number(/^PSNR (\S+) dB\n$/.exec(world.stdout.text)?.[1])).toBeGreaterThan(23);
  });

  it("draw a sample of the posterior that the seed chooses", async () => {
    const of = async (...seed: readonly string[]) => {
      const file = join(folder, `${seed.join("")}.npy`);
      expect(await world.run("encode", PICTURE, "-o", file, ...seed, ...WASM)).toBe(0);
      return readNpy(await Deno.readFile(file)).data;
    };
    const [mean, one, two] = [await of(), await of("-s", "1"), await of("-s", "2")];
    expect(await of("-s", "1")).toEqual(one);
    expect(one).not.toEqual(mean);
    expect(one).not.toEqual(two);
  });

  it("bring a picture of another size to the nearest they take", async () => {
    const odd = join(folder, "odd.png");
    await Deno.writeFile(odd, await plainPng(39, 18));
    expect(await world.run("encode", odd, "-o", join(folder, "l.npy"), ...WASM)).toBe(0);
    expect(world.stderr.text).toContain("image is 39x18; brought to 32x16");
  });

  it("refuse what they cannot read, by name", async () => {
    const wrong = join(folder, "wrong.npy");
    await Deno.writeFile(wrong, writeNpy({ dims: [4, 8, 8], data: new Float32Array(256) }));
    const cases: [args: readonly string[], message: string][] = [
      [["encode", join(folder, "none.png")], "but there is no such file"],
      [["encode", fileURLToPath(import.meta.url)], "image "],
      [["encode", PICTURE, "-s", "x"], 'seed is "x"; it must be a whole number from 0 to 4294967295'],
      [["decode", wrong], "has shape (4, 8, 8); it must be (1, 16, h, w)"],
      [["decode", PICTURE], "cannot be read"],
      [["decode", join(folder, "none.npy")], 'none.npy", but there is no such file'],
      [["decode", wrong, "-o", join(folder, "none", "x.png")], "but there is no folder"],
      [["encode", PICTURE, "-o", folder], "which is a folder; name a file in it"],
      [["reconstruct", PICTURE, "-o", join(folder, "x.jpg")], "but pictures are PNG"],
      [["reconstruct", PICTURE, "-m", "none"], 'model is "none"'],
    ];
    for (const [args, message] of cases) {
      const before = world.stderr.text.length;
      expect(await world.run(...args, ...WASM)).toBe(2);
      expect(world.stderr.text.slice(before)).toContain(message);
    }
  });
});
