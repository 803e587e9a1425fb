import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { FakeWorld } from "../fakes/fake_world.ts";

const SMALL = ["--size", "64x64", "--steps", "2"];

/** Why no small file system can be made for a test; undefined if one can. */
async function whyNoTmpfs(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "only Linux has tmpfs";
  const folder = await Deno.makeTempDir();
  const problem = await run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder);
  if (problem === undefined) await run("umount", folder);
  await Deno.remove(folder);
  return problem && `mounting needs root: ${problem}`;
}

async function run(command: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(command, { args: [...args] }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return String(error);
  }
}

const problem = await whyNoTmpfs();
if (problem) console.warn(`Skipping disks that are full or read-only: ${problem}`);

describe("bad inputs, row 30: generate's output", { skip: problem !== undefined }, () => {
  let world: FakeWorld;
  let folder: string;
  const names = () => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();

  beforeEach(async () => {
    world = new FakeWorld();
    folder = await Deno.makeTempDir();
    await run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder);
  });
  afterEach(async () => {
    await run("umount", folder);
    await Deno.remove(folder);
  });

  it("on a full disk: exit code 1 with the cause, nothing partial is left, what was there stays", async () => {
    await Deno.writeTextFile(join(folder, "apple.png"), "old");
    const fill = () => Deno.writeFile(join(folder, "other"), new Uint8Array(1024), { append: true });
    await expect((async () => {
      while (true) await fill();
    })()).rejects.toThrow("No space left");
    expect(await world.run("generate", "x", "-o", join(folder, "apple.png"), ...SMALL)).toBe(1);
    expect(world.stderr.text).toMatch(/error: .*(No space left|ENOSPC)/);
    expect(world.stderr.text).not.toContain(".ts:");
    expect(names()).toEqual(["apple.png", "other"]);
    expect(await Deno.readTextFile(join(folder, "apple.png"))).toBe("old");
  });

  it("on a disk that is read-only: exit code 1 with the cause", async () => {
    await run("mount", "-o", "remount,ro", folder);
    expect(await world.run("generate", "x", "-o", join(folder, "apple.png"), ...SMALL)).toBe(1);
    expect(world.stderr.text).toMatch(/^error: output is .*, but no file can be made in .*(Read-only|EROFS)[^']*$/i);
    expect(world.opened).toEqual([]);
    expect(names()).toEqual([]);
  });
});

describe("bad inputs, row 30: generate's folder", () => {
  it("is removed under way: exit code 1, the place named", async () => {
    const world = new FakeWorld();
    const folder = await Deno.makeTempDir();
    world.fake.stepTime = 20;
    const running = world.run("generate", "x", "-o", join(folder, "apple.png"), ...SMALL);
    while (world.fake.steps === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await Deno.remove(folder, { recursive: true });
    expect(await running).toBe(1);
    expect(world.stderr.text).toContain("error: ");
    expect(world.stderr.text).toMatch(/No such file|ENOENT|not there/);
  });
});
