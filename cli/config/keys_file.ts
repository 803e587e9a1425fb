import { dirname } from "node:path";
import { z } from "zod";
import { writeWhole } from "../../models/files/write_whole.ts";
import { whole } from "../../pipeline/request/field_types.ts";
import { shown } from "../../pipeline/request/request_error.ts";
import type { ApiKey } from "../../routes/auth/api_key.ts";
import { UsageError } from "../usage_error.ts";

/** One key as the file has it. */
export const StoredKeySchema = z.strictObject({
  name: z.string("must be a name").regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    "must be a name of small letters, digits, . _ -, at most 64 characters",
  ),
  sha256: z.string("must be text").regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
  created: z.iso.datetime("must be a time such as 2026-11-23T08:00:00Z"),
  requests_per_minute: whole(1, 1_000_000).optional(),
  budget: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  concurrency: whole(1, 10_000).optional(),
  priority: whole(0, 9).optional(),
  admin: z.boolean("must be true or false").optional(),
});
const FileSchema = z.strictObject({ keys: z.array(StoredKeySchema, "must be a list of keys") });

/** One key as the file has it. */
export type StoredKey = z.infer<typeof StoredKeySchema>;

/**
 * Reads a file of keys.
 *
 * @throws {UsageError} that names the file and what is wrong with it; NotFound errors stay as they are
 */
export async function readKeysFile(path: string): Promise<readonly StoredKey[]> {
  const parsed = FileSchema.safeParse(parseJson(path, await Deno.readTextFile(path)), { reportInput: true });
  if (parsed.success) return parsed.data.keys;
  const lines = parsed.error.issues.map(({ path: at, code, input, message, ...issue }) => {
    if (code === "unrecognized_keys") return `${path}: ${(issue as { keys: string[] }).keys.map(shown)} is not known`;
    // A hash is no secret, but neither is it of use in a message.
    const value = at.at(-1) === "sha256" ? "not what it should be" : shown(input);
    return `${path}: ${at.join(".")} is ${value}; it ${message}`;
  });
  throw new UsageError(lines.join("\n"));
}

/** Writes a file of keys, whole or not at all, that only its owner can read. */
export async function writeKeysFile(path: string, keys: readonly StoredKey[]): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeWhole(path, JSON.stringify({ keys }, null, 2) + "\n", { mode: 0o600 });
}

/** A stored key as the server uses it. */
export function toApiKey(
  { name, sha256, requests_per_minute, budget, concurrency, priority, admin = false }: StoredKey,
): ApiKey {
  return {
    name,
    isAdmin: admin,
    sha256: Uint8Array.fromHex(sha256),
    limits: { requestsPerMinute: requests_per_minute, budget, concurrency, priority },
  };
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}: The file is no JSON: ${(error as Error).message}`);
  }
}
