import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { MODEL } from "../../tests/fakes/models.ts";
import type { Device, GraphSource, Session } from "../../runtime/device.ts";
import { asOpened } from "./as_opened.ts";
import { FilesChangedError } from "./files_changed_error.ts";

describe("asOpened", () => {
  let folder: string;
  let graph: GraphSource;
  /** Done while a graph is being read. */
  let meanwhile: () => Promise<void>;
  /** How many graphs are loaded. */
  let held = 0;
  let device: Device;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    [held, meanwhile] = [0, () => Promise.resolve()];
    await Deno.mkdir(join(folder, "unet"));
    await Deno.mkdir(join(folder, "blobs"));
    await Deno.writeTextFile(join(folder, "blobs/1"), "graph");
    await Deno.writeTextFile(join(folder, "blobs/2"), "other");
    await Deno.symlink("../blobs/1", join(folder, "unet/model.onnx"));
    await Deno.symlink("unet", join(folder, "same"));
    await Deno.symlink("..", join(folder, "unet/up"));
    await Deno.writeTextFile(join(folder, "unet/weights"), "weights");
    await Deno.utime(join(folder, "unet/weights"), 1, 1);
    graph = { path: join(folder, "unet/model.onnx"), external: [join(folder, "unet/weights")] };
    const load = async () => {
      await meanwhile();
      held++;
      return { [Symbol.asyncDispose]: () => Promise.resolve(void held--) } as unknown as Session;
    };
    device = await asOpened({ ...MODEL, name: "mine", folder }, { name: "cpu", load } as unknown as Device);
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  const relink = async () => {
    await Deno.remove(graph.path);
    await Deno.symlink("../blobs/2", graph.path);
  };

  it("loads what is as it was, as often as it is asked for, and is the device in all else", async () => {
    await device.load(graph);
    await device.load({ path: join(folder, "same/model.onnx"), external: [join(folder, "same/weights")] });
    expect([held, device.name]).toEqual([2, "cpu"]);
  });

  it("refuses files that were written to, cut, removed, added or linked to elsewhere, by their names", async () => {
    const [{ path }, weights] = [graph, join(folder, "unet/weights")];
    const changes: readonly [string, () => Promise<void>][] = [
      ["unet/weights", () => Deno.utime(weights, 2, 2)],
      ["unet/weights", async () => (await Deno.truncate(weights, 3), await Deno.utime(weights, 1, 1))],
      ["unet/weights", () => Deno.remove(weights)],
      ["unet/model.onnx", relink],
      ["unet/model.onnx", () => Deno.remove(path)],
      ["unet/new.onnx", () => Deno.writeTextFile(join(folder, "unet/new.onnx"), "new")],
    ];
    for (const [file, change] of changes) {
      await change();
      const asked = { ...graph, path: file.endsWith(".onnx") ? join(folder, file) : path };
      const error = await device.load(asked).catch((error) => error);
      expect([file, error instanceof FilesChangedError, error.message]).toEqual([
        file,
        true,
        `File ${file} of model mine has changed since the model was opened; load the model again to use what is there now`,
      ]);
    }
    expect(held).toBe(0);
  });

  it("gives back what changed while it was read", async () => {
    meanwhile = relink;
    await expect(device.load(graph)).rejects.toThrow(FilesChangedError);
    expect(held).toBe(0);
  });
});
