import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { graphOf } from "../models/folder.ts";
import { RefusedError } from "../models/store/errors.ts";
import { readExternalTensors } from "../models/store/graph/graph_tensors.ts";
import { block, concat, externalGraph, externalTensor, graph, int, varint } from "./fakes/onnx_bytes.ts";

const GRAPHS = fileURLToPath(new URL("./devices/graphs/", import.meta.url));

describe("tensors of ONNX graphs", () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    await Deno.mkdir(join(folder, "unet"));
    path = join(folder, "unet", "model.onnx");
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  async function read(bytes: Uint8Array) {
    await Deno.writeFile(path, bytes);
    return readExternalTensors(path, "unet/model.onnx");
  }
  async function refusal(bytes: Uint8Array): Promise<string> {
    await Deno.writeFile(path, bytes);
    const error = await Promise.try(() => readExternalTensors(path, "unet/model.onnx")).then(
      () => new Error("It was taken"),
      (error: Error) => error,
    );
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toContain("unet/model.onnx is no whole ONNX graph: ");
    return error.message;
  }

  it("are found as onnx wrote them", () => {
    expect(readExternalTensors(join(GRAPHS, "external.onnx"), "x")).toEqual([
      { name: "weights", location: "external.onnx_data", offset: 0, bytes: 256 },
    ]);
    for (const name of ["conv_9", "conv_81", "element_types"]) {
      expect(readExternalTensors(join(GRAPHS, `${name}.onnx`), name)).toEqual([]);
    }
  });

  it("are found wherever a graph may hide them", async () => {
    const tensor = externalTensor("x");
    const attribute = (...fields: readonly Uint8Array[]) => block(1, block(5, concat(...fields)));
    const places: Record<string, Uint8Array> = {
      initializer: graph(block(5, tensor)),
      "sparse values": graph(block(15, block(1, tensor))),
      "sparse indices": graph(block(15, block(2, tensor))),
      constant: graph(attribute(block(5, tensor))),
      "constant list": graph(attribute(block(10, tensor))),
      "branch of If": graph(attribute(block(6, block(5, tensor)))),
      "list of graphs": graph(attribute(block(11, block(5, tensor)))),
      "sparse constant": graph(attribute(block(22, block(1, tensor)))),
      function: block(25, block(7, block(5, block(5, tensor)))),
      training: block(20, block(1, block(5, tensor))),
    };
    for (const [place, bytes] of Object.entries(places)) {
      expect([place, (await read(bytes)).map(({ location }) => location)]).toEqual([place, ["x"]]);
    }
  });

  it("are stepped over when they are big, also beyond the reader's buffer", async () => {
    const raw = new Uint8Array(300_000);
    const inline = concat(int(1, 75_000), int(2, 1), block(8, "big"), concat(varint(9 * 8 + 2), varint(raw.length)));
    const tensor = new Uint8Array(inline.length + raw.length);
    tensor.set(inline);
    const head = concat(varint(5 * 8 + 2), varint(tensor.length));
    const after = block(5, externalTensor("x", [2, 3], 8, 24));
    const length = head.length + tensor.length + after.length;
    const model = new Blob([concat(varint(7 * 8 + 2), varint(length)), head, tensor, after]);
    expect(await read(await model.bytes())).toEqual([{ name: "weights", location: "x", offset: 8, bytes: 24 }]);
  });

  it("are not looked for in a file of zeros, however long", async () => {
    await Deno.writeFile(path, new Uint8Array());
    await Deno.truncate(path, 2e9);
    expect(() => readExternalTensors(path, "unet/model.onnx")).toThrow("byte 1 is no field of a message");
  });

  it("have as many bytes as their shape says", async () => {
    const packed = block(
      5,
      concat(
        block(1, concat(varint(2), varint(3))),
        int(2, 10),
        block(13, concat(block(1, "location"), block(2, "x"))),
        int(14, 1),
      ),
    );
    expect(await read(graph(packed))).toEqual([{ name: "", location: "x", offset: 0, bytes: 12 }]);
    expect(await read(externalGraph("x", { dims: [] }))).toMatchObject([{ bytes: 4 }]);
    expect(await read(externalGraph("x", { dims: [0] }))).toMatchObject([{ bytes: 0 }]);
    expect(await refusal(externalGraph("x", { dims: [4], length: 1600 }))).toContain(
      'tensor "weights" of shape [4] and type 1 has 1600 bytes; it must have 16',
    );
    for (const length of [-1, "1e3", "16 ", "", "0x10"]) await refusal(externalGraph("x", { length }));
    for (const offset of [-1, "1e400", "x", 2 ** 60]) await refusal(externalGraph("x", { offset }));
    await refusal(externalGraph("x", { dims: [2 ** 40, 2 ** 40] }));
    await refusal(graph(block(5, concat(int(1, 1000), int(2, 1), block(9, "too short")))));
    const text = block(
      5,
      concat(int(1, 1), int(2, 8), block(13, concat(block(1, "location"), block(2, "x"))), int(14, 1)),
    );
    expect(await refusal(graph(text))).toContain("has no sensible length");
  });

  it("must lie in a file that is a graph, and whole", async () => {
    const whole = await Deno.readFile(join(GRAPHS, "conv_9.onnx"));
    for (const length of [0, 1, 10, 100, whole.length - 1]) await refusal(whole.slice(0, length));
    await refusal(new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"));
    await refusal(Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
    await refusal(concat(int(1, 8), Uint8Array.of(0x3b))); // a group, which protobuf gave up
    await refusal(block(7, block(5, block(8, new Uint8Array(1 << 17)))));
  });

  it("may not lie without end below each other", async () => {
    let inner = block(5, externalTensor("x"));
    for (let depth = 0; depth < 50; depth++) inner = block(1, block(5, block(6, inner)));
    expect(await refusal(block(7, inner))).toContain("messages lie more than 100 deep");
  });

  describe("of a model folder", () => {
    const open = async () => (await graphOf(folder, "unet")).external;
    let weights: string;

    beforeEach(async () => {
      weights = join(folder, "unet", "weights.pb");
      await Deno.writeFile(path, externalGraph("weights.pb", { dims: [64] }));
      await Deno.writeFile(weights, new Uint8Array(256));
    });

    it("are opened by their path", async () => {
      expect(await graphOf(folder, "unet")).toEqual({ path, external: [weights] });
    });

    it("must be there and long enough", async () => {
      await Deno.truncate(weights, 255);
      await expect(open()).rejects.toThrow(`${weights} has 255 bytes; its graph needs 256`);
      await Deno.remove(weights);
      await expect(open()).rejects.toThrow(`${weights} is missing`);
      await Deno.mkdir(weights);
      await expect(open()).rejects.toThrow(`${weights} is no file`);
      await expect(graphOf(folder, "text_encoder")).rejects.toThrow("model.onnx is missing");
    });

    it("may be linked to inside the folder, not outside", async () => {
      await Deno.rename(weights, join(folder, "shared"));
      await Deno.symlink("../shared", weights);
      expect(await open()).toEqual([weights]);
      const outside = await Deno.makeTempFile();
      await Deno.writeFile(outside, new Uint8Array(256));
      await Deno.remove(weights);
      await Deno.symlink(outside, weights);
      await expect(open()).rejects.toThrow(`it must stay in the model's folder`);
      await Deno.remove(weights);
      await Deno.remove(join(folder, "shared"));
      await Deno.link(outside, weights);
      await expect(open()).rejects.toThrow(`${weights} is a hard link`);
      await Deno.remove(outside);
      for (const location of ["../shared", outside, "..\\x"]) {
        await Deno.writeFile(path, externalGraph(location));
        await expect(open()).rejects.toThrow("it must be a path inside its folder");
      }
    });

    it("of the hub's cache may be blobs of the same repository only", async () => {
      const repository = join(folder, "models--a--b");
      const snapshot = join(repository, "snapshots", "c".repeat(40));
      await Deno.mkdir(join(snapshot, "unet"), { recursive: true });
      await Deno.mkdir(join(repository, "blobs"));
      await Deno.rename(path, join(repository, "blobs", "1"));
      await Deno.symlink("../../../blobs/1", join(snapshot, "unet", "model.onnx"));
      const link = join(snapshot, "unet", "weights.pb");
      await Deno.symlink("../../../../unet/weights.pb", link);
      await expect(graphOf(snapshot, "unet")).rejects.toThrow("it must stay in the model's folder");
      await Deno.rename(weights, join(repository, "blobs", "2"));
      await Deno.remove(link);
      await Deno.symlink("../../../blobs/2", link);
      expect((await graphOf(snapshot, "unet")).external).toEqual([link]);
    });
  });
});
