import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { HELP_GROUPS, requestOptions, toBody } from "../cli/request_flags.ts";
import { writeNpy } from "../pipeline/npy.ts";
import { FIELDS } from "../pipeline/request/schema.ts";
import { FakeService } from "./fakes/fake_service.ts";
import { FakeWorld } from "./fakes/fake_world.ts";

describe("latentd, wrong command lines", () => {
  let world: FakeWorld;
  let folder: string;

  beforeEach(async () => {
    world = new FakeWorld();
    folder = await Deno.makeTempDir();
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  /** Checks that nothing was done, and gives what was said. */
  async function refused(...args: readonly string[]): Promise<string> {
    const before = world.stderr.text.length;
    expect(await world.run(...args)).toBe(2);
    expect(world.opened).toEqual([]);
    expect(world.stdout.text).toBe("");
    expect(await Array.fromAsync(Deno.readDir(folder))).toEqual([]);
    return world.stderr.text.slice(before);
  }

  describe("of requests, in the same words as over HTTP", () => {
    const cases: [flags: readonly string[], body: Record<string, unknown>][] = [
      [[], { prompt: "x".repeat(4001) }],
      [["--steps", "0"], { prompt: "x", steps: 0 }],
      [["--steps", "-1"], { prompt: "x", steps: -1 }],
      [["--steps", "1e9"], { prompt: "x", steps: 1e9 }],
      [["--guidance", "NaN"], { prompt: "x", guidance: "NaN" }],
      [["--guidance=-1"], { prompt: "x", guidance: -1 }],
      [["--eta", "two"], { prompt: "x", eta: "two" }],
      [["--seed", "4294967296"], { prompt: "x", seed: 2 ** 32 }],
      [["--count", "17"], { prompt: "x", count: 17 }],
      [["--size", "100x64"], { prompt: "x", width: 100, height: 64 }],
      [["--size", "64x1000000000"], { prompt: "x", width: 64, height: 1e9 }],
      [["--scheduler", "quantum"], { prompt: "x", scheduler: "quantum" }],
      [["--model", "sd-xl"], { prompt: "x", model: "sd-xl" }],
      [["--metadata", "some"], { prompt: "x", metadata: "some" }],
      [["--size", "256x256", "--steps", "1000", "-c", "16"], {
        prompt: "x",
        width: 256,
        height: 256,
        steps: 1000,
        count: 16,
      }],
    ];
    for (const [flags, body] of cases) {
      it(`${flags.join(" ") || JSON.stringify(body).slice(0, 20)}: 2`, async () => {
        const { detail } = await (await new FakeService().post(JSON.stringify(body))).json();
        expect(await refused("generate", body["prompt"] as string, ...flags)).toBe(`error: ${detail}\n`);
      });
    }

    it("no prompt: 2", async () => {
      expect(await refused("generate")).toBe("error: prompt is missing; it must be text\n");
    });

    it("everything at once, one a line", async () => {
      expect((await refused("generate", "x", "--steps", "0", "--eta", "2")).split("\n")).toHaveLength(3);
    });

    it("a size that is none: 2", async () => {
      for (const size of ["128", "x", "1.5x2", "-1x2", "128x", "128 x 128"]) {
        expect(await refused("generate", "x", `--size=${size}`)).toContain(
          "it must be WIDTHxHEIGHT in pixels, such as 128x128",
        );
      }
    });
  });

  it("unknown commands and flags, with what was probably meant", async () => {
    expect(await refused("generat", "x")).toContain("(Did you mean generate?)");
    expect(await refused("generate", "x", "--sede", "5")).toContain("(Did you mean --seed?)");
    expect(await refused("generate", "a", "red", "apple")).toMatch(
      /too many arguments[^]*\(Put the prompt in quotes\)\n$/,
    );
    expect(await refused("generate", "x", "--width", "128")).toContain("(Did you mean --size?)");
    expect(await refused("generate", "x", "--cfg-scale", "4")).toContain("(Did you mean --guidance?)");
    expect(await refused("generate", "x", "--ddim_steps", "4")).toContain("(Did you mean --steps?)");
    expect(await refused("generate", "x", "--quantum", "4")).toMatch(/unknown option '--quantum'\n$/);
    expect(await refused("serve", "--width", "4")).toMatch(/unknown option '--width'\n$/);
    expect(await refused("models", "lst")).toBe('error: command is "lst"; it must be one of list, show, verify, rm\n');
    expect(await refused("generate", "x", "--steps")).toContain("argument missing");
    expect(await refused("generate", "x", "--device", "gpu")).toContain("Allowed choices are auto, webgpu, cpu, wasm");
    expect(await refused("generate", "x", "--threads", "0")).toContain("It must be a whole number from 1 to 256");
    expect(await refused("generate", "x", "--json", "--quiet")).toContain("cannot be used with");
    expect(await refused()).toContain("Usage: latentd");
  });

  it("models that are nowhere", async () => {
    const nowhere = "but there is no such folder, and known are emoji-128";
    for (const command of [["generate", "x"], ["encode", "x.png", "-o", join(folder, "x.npy")], ["serve"]]) {
      expect(await refused(...command, "-m", "./none")).toContain(`error: model is "./none", ${nowhere}\n`);
      expect(await refused(...command, "-m", "some/sd")).toContain(
        `${nowhere}; if the hub has it, \`pull hf:some/sd\``,
      );
      expect(await refused(...command, "-m", folder)).toContain("which has no model_index.json; it must be in the");
    }
  });

  it("outputs that cannot be", async () => {
    const at = (...path: readonly string[]) => join(folder, ...path);
    expect(await refused("generate", "x", "-o", at("none", "x.png"))).toContain("but there is no folder");
    expect(await refused("generate", "x", "-o", folder)).toContain("which is a folder; name a file in it");
    expect(await refused("generate", "x", "-o", at("x.jpg"))).toContain("but pictures are PNG; name it");
    expect(await refused("generate", "x", "-o", "")).toContain('output is ""; it must be a file or -');
    const sheet = (file: string) => refused("generate", "x", "-c", "4", "--contact-sheet", file);
    expect(await sheet(at("none", "x.png"))).toContain("contact-sheet is ");
    expect(await sheet(at("none", "x.png"))).toContain("but there is no folder");
    expect(await sheet(folder)).toContain("which is a folder; name a file in it");
    expect(await sheet(at("x.jpg"))).toContain("but pictures are PNG; name it");
    for (const none of ["", "-"]) {
      expect(await sheet(none)).toContain(`contact-sheet is ${JSON.stringify(none)}; it must be a file\n`);
    }
  });

  it("standard output for what it cannot take", async () => {
    expect(await refused("generate", "x", "-o", "-", "-c", "2")).toContain("output is -, but count is 2");
    expect(await refused("generate", "x", "-o", "-", "--previews", "2")).toContain("output is -, but previews is 2");
    expect(await refused("generate", "x", "-o", "-", "--json")).toContain("--json wants standard output too");
    world.stdout.terminal = true;
    expect(await refused("generate", "x", "-o", "-")).toContain("standard output is a terminal");
  });

  it("latents that do not fit", async () => {
    const other = await Deno.makeTempFile({ suffix: ".npy" });
    const data = Float32Array.of(...Array(320).fill(0));
    const latents = ["generate", "x", "--size", "64x80", "--latents", other] as const;
    expect(await refused(...latents)).toContain("cannot be read: File is no .npy file");
    await Deno.writeFile(other, writeNpy({ dims: [1, 4, 8, 10], data }));
    expect(await refused(...latents)).toContain("has shape (1, 4, 8, 10); 1 of 64x80 by emoji-128 needs (1, 4, 10, 8)");
    await Deno.writeFile(other, writeNpy({ dims: [4, 10, 8], data }));
    expect(await refused(...latents, "-c", "2")).toContain(
      "has shape (4, 10, 8); 2 of 64x80 by emoji-128 needs (2, 4, 10, 8)",
    );
    await Deno.writeFile(other, writeNpy({ dims: [4, 10, 8], data: data.with(7, NaN) }));
    expect(await refused(...latents)).toContain("holds NaN at 7");
    expect(await refused("generate", "x", "--latents", `${other}.none`)).toContain("but there is no such file");
    await Deno.remove(other);
  });

  it("servers that others could reach", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.org", "127.0.0.1.example.org"]) {
      expect(await refused("serve", "--host", host)).toContain("add --allow-public if that is meant");
    }
    expect(await refused("serve", "--port", "99999")).toContain("it must be a whole number from 0 to 65535");
    expect(await refused("serve", "--model", "none")).toContain('model is "none"; known are emoji-128');
  });
});

describe("latentd, flags", () => {
  it("has one for every field of the schema, and says what it is for", () => {
    const given = Object.fromEntries(requestOptions().map((option) => [option.attributeName(), "1"]));
    const fields = Object.keys(toBody("x", { ...given, size: "1x1" }));
    expect([...fields, "model", "image", "mask"].toSorted()).toEqual(FIELDS.toSorted());
    for (const elsewhere of ["model", "image", "mask"]) expect(Object.keys(given)).toContain(elsewhere);
    for (const option of requestOptions()) {
      expect(option.description.length).toBeGreaterThan(10);
      expect(Object.values(HELP_GROUPS)).toContain(option.helpGroupHeading);
    }
  });

  it("tells them, with examples, in the help of every command", async () => {
    for (const command of ["generate", "serve", "pull", "models", "doctor"]) {
      const world = new FakeWorld();
      expect(await world.run(command, "--help")).toBe(0);
      expect(world.stdout.text).toContain(`Usage: latentd ${command}`);
      expect(world.stderr.text).toBe("");
      if (command === "generate") {
        for (const { long } of requestOptions()) expect(world.stdout.text).toContain(`${long} `);
        expect(world.stdout.text).toContain("Examples:");
      }
    }
  });

  it("tells the version", async () => {
    const world = new FakeWorld();
    expect(await world.run("--version")).toBe(0);
    expect(world.stdout.text).toBe("latentd 9.9.9\n");
  });

  it("lists models, as text and JSON", async () => {
    const world = new FakeWorld();
    expect(await world.run("models")).toBe(0);
    expect(world.stdout.text).toContain(
      "emoji-128  0123456789  sizes 64 to 256 by 16  defaults 128x96, 20 steps, guidance 4",
    );
    const json = new FakeWorld();
    expect(await json.run("models", "--json")).toBe(0);
    expect(JSON.parse(json.stdout.text)).toMatchObject([{ name: "emoji-128", hash: "0123456789" }]);
  });
});
