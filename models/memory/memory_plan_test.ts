import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEVICE_NAMES } from "../../runtime/device.ts";
import { type MemoryLimits, memoryLimits } from "../../runtime/memory_limits.ts";
import { concat, externalGraph, varint } from "../../tests/fakes/onnx_bytes.ts";
import { heldBytes, planMemory } from "./memory_plan.ts";
import { readModelMemory } from "./model_memory.ts";

const folderOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const SMALL = folderOf("tests/models/tiny-sd");
const ENDLESS: MemoryLimits = { total: Infinity, free: Infinity, tensor: Infinity };

describe("planMemory", () => {
  const plan = (limits: Partial<MemoryLimits>) => planMemory("tiny", SMALL, "wasm", { ...ENDLESS, ...limits });
  /** A folder of graphs that claim to be large. */
  let claimed: string;

  beforeEach(async () => {
    claimed = await Deno.makeTempDir();
    for (const part of ["unet", "text_encoder", "vae_encoder", "vae_decoder"]) await Deno.mkdir(join(claimed, part));
    await Deno.writeTextFile(join(claimed, "unet", "config.json"), "{}");
  });
  afterEach(() => Deno.remove(claimed, { recursive: true }));

  /** A graph with one float32 tensor of so many bytes, in a file that has holes instead of numbers. */
  async function claim(part: string, bytes: number): Promise<void> {
    const graph = externalGraph("model.onnx_data", { dims: [bytes / 4] });
    await Deno.writeFile(join(claimed, part, "model.onnx"), graph);
    await fill(join(claimed, part, "model.onnx_data"), bytes);
  }

  async function fill(path: string, bytes: number, start = new Uint8Array()): Promise<void> {
    await Deno.writeFile(path, start);
    await Deno.truncate(path, bytes);
  }

  it("holds every tiny model whole on every device of this machine", async () => {
    for (const device of DEVICE_NAMES) {
      const limits = await memoryLimits(device);
      for await (const { name, isDirectory } of Deno.readDir(folderOf("tests/models"))) {
        if (!name.startsWith("tiny-") || !isDirectory) continue;
        const folder = folderOf(`tests/models/${name}`);
        expect([name, device, await planMemory(name, folder, device, limits)]).toEqual([name, device, "whole"]);
      }
    }
  });

  it("never refuses what no limit is known of", async () => {
    expect(await plan({})).toBe("whole");
    await claim("unet", 2 ** 40);
    expect(await planMemory("huge", claimed, "webgpu", ENDLESS)).toBe("whole");
  });

  it("holds one part at a time where all together would not fit and each would", async () => {
    const { loaded, parts } = await readModelMemory(SMALL, "wasm");
    const largest = Math.max(...[...parts.values()].map(({ weights }) => weights));
    expect(await plan({ free: loaded })).toBe("whole");
    expect(await plan({ free: loaded - 1 })).toBe("one at a time");
    expect(await plan({ free: 0, total: largest })).toBe("one at a time");
    await expect(plan({ free: 0, total: largest - 1 })).rejects.toThrow(RangeError);
  });

  it("tells what is held either way: what is loaded with the model, or its largest part", async () => {
    await claim("unet", 1000);
    await claim("text_encoder", 400);
    await claim("vae_encoder", 2000);
    const memory = await readModelMemory(claimed, "webgpu");
    expect([heldBytes(memory, "whole"), heldBytes(memory, "one at a time")]).toEqual([1.5 * 1400, 1.5 * 2000]);
  });

  it("refuses weights that are more than there is, with the figures and what would do", async () => {
    await claim("text_encoder", 492e6);
    await claim("unet", 5e9);
    const limits = { ...ENDLESS, total: 2 ** 32, free: 2 ** 32 };
    await expect(planMemory("sd", claimed, "wasm", limits)).rejects.toThrow(
      /^Model sd cannot be loaded on wasm: the weights of unet\/model.onnx have 4.7 GiB \(fp32\), and there is room for 4.0 GiB; try .*fp16/,
    );
    await claim("unet", 3.4e9);
    expect(await planMemory("sd", claimed, "wasm", limits)).toBe("one at a time");
  });

  it("refuses a tensor that no buffer can hold", async () => {
    await expect(plan({ tensor: 10_000 })).rejects.toThrow(
      /a tensor of text_encoder\/model.onnx has .* largest buffer/,
    );
  });

  it("names a file that is no graph", async () => {
    await fill(join(claimed, "unet", "model.onnx"), 3e9, Uint8Array.of(0xff, 0xff));
    await expect(planMemory("sd", claimed, "cpu", { ...ENDLESS, free: 1e9 })).rejects.toThrow(
      /unet\/model.onnx is no whole ONNX graph/,
    );
  });

  it("refuses a graph that protobuf cannot read", async () => {
    await claim("unet", 4);
    const unknown = concat(varint(99 * 8 + 2), varint(2 ** 31));
    await fill(join(claimed, "unet", "model.onnx"), unknown.length + 2 ** 31, unknown);
    await expect(planMemory("sd", claimed, "cpu", ENDLESS)).rejects.toThrow(/unet\/model.onnx .*protobuf/);
  });
});
