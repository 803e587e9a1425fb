import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { writeWhole } from "./write_whole.ts";

describe("writeWhole", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    path = join(folder, "notes.txt");
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  const names = () => Array.from(Deno.readDirSync(folder), ({ name }) => name);
  const streamOf = (...pieces: readonly string[]) => ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());

  it("writes text and streams, over what was there, and leaves nothing beside it", async () => {
    await writeWhole(path, "a long first text", { mode: 0o600 });
    expect(await Deno.readTextFile(path)).toBe("a long first text");
    if (Deno.build.os !== "windows") expect((await Deno.stat(path)).mode! & 0o777).toBe(0o600);
    await writeWhole(path, streamOf("ein ", "zweiter ", "Ä"));
    expect(await Deno.readTextFile(path)).toBe("ein zweiter Ä");
    await writeWhole(path, "");
    expect(await Deno.readTextFile(path)).toBe("");
    expect(names()).toEqual(["notes.txt"]);
  });

  it("shows nothing of a file under its name before all of it is there", async () => {
    const content = streamOf("new").pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({ flush: () => expect(Deno.readTextFileSync(path)).toBe("old") }),
    );
    await Deno.writeTextFile(path, "old");
    await writeWhole(path, content);
    expect(await Deno.readTextFile(path)).toBe("new");
  });

  it("leaves what was there, and no draft, if the content fails or nobody wants it any more", async () => {
    await Deno.writeTextFile(path, "old");
    async function* half() {
      yield new TextEncoder().encode("half");
      await Promise.resolve();
      throw new Error("Device was lost");
    }
    await expect(writeWhole(path, ReadableStream.from(half()))).rejects.toThrow("Device was lost");
    const signal = AbortSignal.abort(new Error("Interrupted"));
    for (const content of ["new", streamOf("new"), streamOf()]) {
      await expect(writeWhole(path, content, { signal })).rejects.toThrow("Interrupted");
    }
    expect([names(), await Deno.readTextFile(path)]).toEqual([["notes.txt"], "old"]);
  });

  it("leaves no draft if the file cannot get its name", async () => {
    await Deno.mkdir(path);
    await expect(writeWhole(path, "new")).rejects.toThrow();
    expect([names(), [...Deno.readDirSync(path)]]).toEqual([["notes.txt"], []]);
  });
});
