import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The tasks as the README tells them, with the permissions they have, on the model that ships. */
describe("latentd as a process", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  const task = (...args: readonly string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", ...args],
      cwd: ROOT,
      stdout: "piped",
      stderr: "piped",
    });
  const names = async () => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);

  it("makes a picture, the same one for the same seed", async () => {
    const make = async (name: string) => {
      const path = join(folder, name);
      const flags = ["-o", path, "--seed", "3", "--steps", "2", "--device", "wasm", "--threads", "1"];
      const { code, stdout, stderr } = await task("generate", "a red apple, fluent style", ...flags).output();
      expect([code, new TextDecoder().decode(stderr)]).toEqual([0, `${path}: seed 3\n`]);
      expect(stdout).toHaveLength(0);
      return await Deno.readFile(path);
    };
    const first = await make("a.png");
    const { width, height, text } = decode(first);
    expect([width, height, text["seed"]]).toEqual([128, 128, "3"]);
    expect(await make("b.png")).toEqual(first);
  });

  it("exits with 2 and the reason for a wrong request", async () => {
    const { code, stdout, stderr } = await task("generate", "x", "--steps", "0", "-o", join(folder, "x.png")).output();
    expect(code).toBe(2);
    expect(new TextDecoder().decode(stderr)).toBe("error: steps is 0; it must be a whole number from 1 to 1000\n");
    expect(stdout).toHaveLength(0);
    expect(await names()).toEqual([]);
  });

  it("stops within a step at an interrupt, exits with 130 and leaves no file", async () => {
    const flags = ["--steps", "1000", "--device", "wasm", "--threads", "1", "--json", "-o", join(folder, "x.png")];
    await using process = task("generate", "x", ...flags).spawn();
    let after = 0;
    let interrupted = false;
    for await (const line of lines(process.stdout)) {
      if (JSON.parse(line).type !== "step") continue;
      if (interrupted) after++;
      else if (JSON.parse(line).step === 2) {
        process.kill("SIGINT");
        interrupted = true;
      }
    }
    expect((await process.status).code).toBe(130);
    // One step was under way, and one may have been told before the signal came.
    expect(after).toBeLessThanOrEqual(2);
    expect(await names()).toEqual([]);
    await process.stderr.cancel();
  });

  it("serves until asked to end, then exits with 0", async () => {
    await using process = task("serve", "--port", "0", "--device", "wasm", "--threads", "1").spawn();
    let url = "";
    for await (const line of lines(process.stderr)) {
      url ||= /listens on (\S+);/.exec(line)?.[1] ?? "";
      if (!line.includes('"ready:')) continue;
      const answer = await fetch(`${url}/v1/generate?prompt=a+red+apple&steps=1&seed=3`);
      const { width, height, text } = decode(await answer.bytes());
      expect([answer.status, width, height, text["seed"]]).toEqual([200, 128, 128, "3"]);
      process.kill("SIGTERM");
    }
    expect((await process.status).code).toBe(0);
    await process.stdout.cancel();
  });

  it("examines the machine", async () => {
    const { code, stdout } = await task("doctor", "--json").output();
    expect(code).toBe(0);
    const report = JSON.parse(new TextDecoder().decode(stdout));
    expect(report.devices.map(({ name }: { name: string }) => name).toSorted()).toEqual(["cpu", "wasm", "webgpu"]);
    expect(["webgpu", "wasm"]).toContain(report.auto); // cpu needs a permission that this task has not
    expect(report.models).toMatchObject([{ name: "emoji-128" }]);
    expect(report.memory.total).toBeGreaterThan(report.memory.available);
  });
});

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
