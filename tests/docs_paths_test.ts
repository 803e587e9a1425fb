import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PAGES = ["SECURITY.md", "docs/operate.md", "docs/deploy.md"];

describe("pages that call on tests and files as witnesses", () => {
  it("name those that there are", async () => {
    for (const page of PAGES) {
      const text = await Deno.readTextFile(`${ROOT}${page}`);
      const paths = [...text.matchAll(/`((?:tests|cli|routes|pipeline|bench|deploy|docs)\/[\w./*-]*)/g)].map((
        [, path],
      ) => path!);
      expect([page, paths.length > 0]).toEqual([page, true]);
      for (const path of paths) expect([page, path, await isThere(path)]).toEqual([page, path, true]);
    }
  });
});

/** Whether there is a file or folder of this path, in which one name may have a `*`. */
async function isThere(path: string): Promise<boolean> {
  const folder = `${ROOT}${path.slice(0, path.lastIndexOf("/") + 1)}`;
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "") return (await Deno.stat(folder)).isDirectory;
  const pattern = new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
  for await (const entry of Deno.readDir(folder)) if (pattern.test(entry.name)) return true;
  return false;
}
