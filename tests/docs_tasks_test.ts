import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandsOf } from "../docs/gallery.ts";
import { FakeWorld } from "./fakes/fake_world.ts";
import { ALL_TASKS } from "./tasks/all_tasks.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** Flags whose files are written. */
const OUTPUTS = ["-o", "--contact-sheet"];
const PAGE = await Deno.readTextFile(join(ROOT, "docs/tasks.md"));

describe("docs/tasks.md", () => {
  it("has a command for every task, and each is understood", async () => {
    const folder = await Deno.makeTempDir();
    const tasks = new Set<string>();
    for (const args of commandsOf(PAGE)) {
      const world = new (class extends FakeWorld {
        override readonly findModels = () => Promise.resolve([ALL_TASKS]);
      })();
      const inside = args.map((arg, i) => OUTPUTS.includes(args[i - 1]!) ? join(folder, "x.png") : inRoot(arg));
      expect({ args, code: await world.run("generate", ...inside, "-q"), error: world.stderr.text }).toMatchObject({
        code: 0,
        error: "",
      });
      tasks.add(world.fake.requests[0]!.task);
    }
    await Deno.remove(folder, { recursive: true });
    expect([...tasks].toSorted()).toEqual([...ALL_TASKS.tasks].toSorted());
  });

  it("shows pictures that are there", async () => {
    const pictures = [...PAGE.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path]) => path!);
    expect(pictures.length).toBeGreaterThan(12);
    for (const path of pictures) expect((await Deno.stat(join(ROOT, "docs", path))).isFile).toBe(true);
  });
});

/** The page's commands are given from the root of the repository. */
function inRoot(arg: string): string {
  return arg.startsWith("docs/images/") ? join(ROOT, arg) : arg;
}
