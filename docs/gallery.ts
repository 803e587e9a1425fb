/**
 * Makes the pictures of the documentation with what ships: `deno task gallery`. Those of docs/tasks.md by the commands
 * that stand there, the README's sheet from the prompts of the golden cases, in their order and with their seeds.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { contactSheet } from "../pipeline/images/contact_sheet.ts";
import { flatten } from "../pipeline/images/flatten.ts";
import type { Pixels } from "../pipeline/images/pixels.ts";
import { encodePng } from "../pipeline/images/png/png_encode.ts";
import { readImage } from "../pipeline/images/read/read_image.ts";

/** What comes before the flags in each command. */
const GENERATE = "npx -y deno task generate ";
const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Arguments of `generate` in each command of a page. */
export function commandsOf(page: string): readonly (readonly string[])[] {
  return page.split("\n").filter((line) => line.startsWith(GENERATE)).map((line) =>
    [...line.slice(GENERATE.length).matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
  );
}

/** Runs `generate` in the root of the repository and gives what it writes to standard output. */
async function generate(args: readonly string[]): Promise<Uint8Array> {
  const run = ["task", "--quiet", "generate", ...args];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args: run, cwd: ROOT, stderr: "inherit" })
    .output();
  if (!success) throw new Error(`This failed: generate ${args.join(" ")}`);
  return stdout;
}

if (import.meta.main) {
  for (const args of commandsOf(await Deno.readTextFile(`${ROOT}docs/tasks.md`))) await generate(args);
  const cases: { task: string; prompt: string; seed: number }[] = JSON.parse(
    await Deno.readTextFile(`${ROOT}tests/golden/cases.json`),
  );
  const pictures: Pixels[] = [];
  for (const { prompt, seed } of cases.filter(({ task }) => task === "text-to-image")) {
    pictures.push(flatten(await readImage(await generate([prompt, "--seed", String(seed), "-o", "-"]))));
  }
  await Deno.writeFile(`${ROOT}docs/images/prompts.png`, encodePng(contactSheet(pictures)));
}
