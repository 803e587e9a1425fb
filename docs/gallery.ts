/**
 * The commands of docs/tasks.md, so that its pictures are those that its commands make: `deno task gallery`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** What comes before the flags in each command. */
const GENERATE = "npx -y deno task generate ";

/** Arguments of `generate` in each command of a page. */
export function commandsOf(page: string): readonly (readonly string[])[] {
  return page.split("\n").filter((line) => line.startsWith(GENERATE)).map((line) =>
    [...line.slice(GENERATE.length).matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
  );
}

/** Runs them all from the root of the repository. */
async function main(): Promise<void> {
  const root = fileURLToPath(new URL("../", import.meta.url));
  for (const args of commandsOf(await Deno.readTextFile(`${root}docs/tasks.md`))) {
    const run = ["task", "--quiet", "generate", ...args];
    const { success } = await new Deno.Command(Deno.execPath(), { args: run, cwd: root }).spawn().status;
    if (!success) throw new Error(`This failed: generate ${args.join(" ")}`);
  }
}

if (import.meta.main) await main();
