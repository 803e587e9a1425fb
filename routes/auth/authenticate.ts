import type { Context, MiddlewareHandler } from "hono";
import { ProblemError } from "../answers/problem.ts";
import { type ApiKey, findKey, MAX_KEY } from "./api_key.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Name of the key that a request came with; empty where nobody needs a key. */
    owner: string;
    /** The key that a request came with, if there are keys. */
    key: ApiKey | undefined;
  }
}

/** What everyone may ask: probes of supervisors, which hold no keys. Everything else needs one, also what is not there. */
export const PUBLIC_PATHS: readonly string[] = ["/livez", "/readyz", "/health", "/v2/health/live", "/v2/health/ready"];

/** Below it are pictures under names that nobody can guess: who was given one may fetch it, as with OpenAI's. */
export const RESULTS_PATH = "/v1/images/files/";

/** Whether everyone may ask for a path. */
export function isPublic(path: string): boolean {
  return PUBLIC_PATHS.includes(path) || path.startsWith(RESULTS_PATH);
}

/** Both ways to send a key. Browsers know Basic and ask for it, which is how the page is used. */
const CHALLENGE = { "www-authenticate": 'Basic realm="latentd", charset="UTF-8", Bearer realm="latentd"' };
const NAMES_IN_QUERIES = /^(api[-_]?)?(key|token)$|^access[-_]token$/i;

/**
 * Lets only those in who have a key, if there are keys. When the last key of a running server is removed it lets nobody in.
 *
 * @param keys those that are good now
 * @param open further paths that need no key
 */
export function authenticate(keys: () => readonly ApiKey[], open: readonly string[] = []): MiddlewareHandler {
  let isClosed = false;
  return async (c, next) => {
    const known = keys();
    isClosed ||= known.length > 0;
    const key = isClosed && !isPublic(c.req.path) && !open.includes(c.req.path) ? readKey(c, known) : undefined;
    c.set("key", key);
    c.set("owner", key?.name ?? "");
    await next();
  };
}

function readKey(c: Context, known: readonly ApiKey[]): ApiKey {
  for (const [name, value] of new URL(c.req.url).searchParams) {
    if (NAMES_IN_QUERIES.test(name) || value.startsWith("latentd_")) {
      throw refusal("The query holds a key, which logs and histories would keep; send the header authorization");
    }
  }
  const sent = credentialsOf(c.req.header("authorization"));
  const key = findKey(known, sent ?? "");
  if (key === undefined) {
    throw refusal(
      sent === undefined
        ? "authorization is missing or wrong; it must be Bearer <key>, or Basic with the key as the password"
        : "The key is not known to this server",
    );
  }
  return key;
}

/** The key of a header in one of the two schemes (RFC 6750, section 2.1, and RFC 7617); the user name may be any. */
function credentialsOf(header = ""): string | undefined {
  if (header.length > 2 * MAX_KEY) return undefined;
  const [, scheme, value] = /^(bearer|basic) +([\w~+/.=-]+)$/i.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  const key = scheme.toLowerCase() === "bearer" ? value : passwordOf(value);
  return key !== undefined && key.length <= MAX_KEY ? key : undefined;
}

function passwordOf(base64: string): string | undefined {
  try {
    const pair = new TextDecoder().decode(Uint8Array.fromBase64(base64));
    return pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : undefined;
  } catch {
    return undefined;
  }
}

function refusal(message: string): ProblemError {
  return new ProblemError("invalid_api_key", message, CHALLENGE);
}
