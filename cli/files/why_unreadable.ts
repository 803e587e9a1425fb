/**
 * What is wrong with a file that could not be read, as the end of a sentence; undefined if it is nothing that its caller did.
 *
 * @param error what reading it threw
 */
export async function whyUnreadable(path: string, error: unknown): Promise<string | undefined> {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return "there is no such file";
  }
  if (error instanceof Deno.errors.PermissionDenied) return "it may not be read";
  if (await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false)) return "it is a folder; name a file";
}
