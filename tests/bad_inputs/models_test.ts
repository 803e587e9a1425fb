import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { block, concat, externalGraph, graph, int } from "../fakes/onnx_bytes.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const GOOD = join(ROOT, "tests/models/tiny-ldm-unconditional");

/** A graph of these nodes from `x` to `y`, both float32 [1]. */
function nodes(opset: number, ...each: readonly (readonly [operator: string, input: string, output: string])[]) {
  const port = (name: string) =>
    concat(block(1, name), block(2, block(1, concat(int(1, 1), block(2, block(1, int(1, 1)))))));
  const body = each.map(([operator, input, output]) =>
    block(1, concat(block(1, input), block(2, output), block(4, operator)))
  );
  return concat(graph(...body, block(2, "g"), block(11, port("x")), block(12, port("y"))), block(8, int(2, opset)));
}

/** Files of one name put in place of the UNet's graph, and what is said about each. */
const GRAPHS: Readonly<Record<string, [bytes: Uint8Array<ArrayBuffer>, said: RegExp]>> = {
  "that is cut off": [(await Deno.readFile(join(GOOD, "unet/model.onnx"))).slice(0, 1000), /is no whole graph/],
  "with weights in ../../secret": [externalGraph("../../secret"), /it must be a path inside its folder/],
  "with huge dims": [externalGraph("weights", { dims: [2 ** 40, 2 ** 40] }), /has no sensible length/],
  "with a cycle": [nodes(17, ["Abs", "z", "y"], ["Abs", "y", "z"]), /could not be loaded/],
  "with an unknown operator": [nodes(17, ["NoSuchThing", "x", "y"]), /could not be loaded: .*NoSuchThing/],
  "of opset 999": [nodes(999, ["Abs", "x", "y"]), /could not be loaded: .*999/],
};

describe("bad inputs, row 28: generate --model", () => {
  let root: string;
  let folder: string;
  let path: string;

  beforeEach(async () => {
    root = await Deno.realPath(await Deno.makeTempDir());
    folder = join(root, "model");
    path = join(folder, "unet/model.onnx");
    await Deno.writeFile(join(root, "secret"), new Uint8Array(16));
    await new Deno.Command("cp", { args: ["-r", GOOD, folder] }).output();
  });
  afterEach(() => Deno.remove(root, { recursive: true }));

  /** Runs the real program. @param denied what it may not even try to read */
  async function refusal(denied = join(root, "secret")): Promise<string> {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-read",
        `--deny-read=${denied}`,
        "--allow-write",
        "--allow-env",
      ]
        .concat([join(ROOT, "main.ts"), "generate", "--model", folder, "--device", "wasm", "--threads", "1"])
        .concat(["--steps", "1", "-o", join(root, "x.png")]),
      stdout: "null",
      stderr: "piped",
      signal: AbortSignal.timeout(60_000),
    }).output();
    const text = new TextDecoder().decode(stderr);
    expect([code === 1 || code === 2, text]).toEqual([true, expect.stringMatching(/^error: /m)]);
    expect(text).not.toMatch(/\.ts:\d|^\s+at |NotCapable|Requires/m);
    expect([...Deno.readDirSync(root)].map(({ name }) => name).sort()).toEqual(["model", "secret"]);
    return text;
  }

  for (const [what, [bytes, said]] of Object.entries(GRAPHS)) {
    it(`a graph ${what}: exit code 1 or 2, the cause named`, async () => {
      await Deno.writeFile(path, bytes);
      expect(await refusal()).toMatch(said);
    });
  }

  it("a graph that is a link out of the folder, or a hard link: exit code 1 or 2, the cause named", async () => {
    await Deno.remove(path);
    await Deno.symlink("../../secret", path);
    // Deno itself would refuse to follow a link to what may not be read.
    const other = join(root, "other");
    expect(await refusal(other)).toMatch(/it must stay in the model's folder|is a link/);
    await Deno.remove(path);
    await Deno.link(join(root, "secret"), path);
    expect(await refusal(other)).toContain("is a hard link");
  });
});
