/** Reads a file of numbers that stands beside this one; the script of the same name wrote it. */
export async function reference<Content>(name: string): Promise<Content> {
  return JSON.parse(await Deno.readTextFile(new URL(name, import.meta.url)));
}
