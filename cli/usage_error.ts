/** A command line that cannot be honoured, for reasons other than the request itself; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
