import type { Context } from "hono";
import { ProblemError } from "../answers/problem.ts";

/**
 * Lets only those pass who may say which models are loaded: keys with that right; where there are no keys, everyone, unless
 * other machines reach the server.
 *
 * @param admin whether nobody needs a key for it
 * @throws {ProblemError}
 */
export function checkAdmin(c: Context, { admin = true }: { readonly admin?: boolean }): void {
  const key = c.get("key");
  if (key ? key.isAdmin : admin) return;
  throw new ProblemError(
    "admin_required",
    key
      ? `The key of ${key.name} may not load or unload models; it must be made with --admin`
      : "Models are loaded and unloaded with a key only, for other machines reach this server",
  );
}
