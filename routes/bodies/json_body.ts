import { ProblemError } from "../answers/problem.ts";
import { bodyChunks, type BodyLimits } from "./body_chunks.ts";
import { checkContentType } from "./content_type.ts";

/** Most levels of objects and arrays in each other. */
const MAX_DEPTH = 32;

/**
 * Reads a request's body as JSON, strictly: UTF-8 without a byte order mark, no name twice, not deeply nested.
 *
 * @throws {ProblemError} that says what is wrong with it
 */
export async function readJson(request: Request, limits: BodyLimits): Promise<unknown> {
  checkContentType(request.headers, "application/json");
  return parse(await readBytes(request, limits));
}

/** The same of a body that may be missing, which is an empty object then, and is JSON whatever its content type says. */
export async function readOptionalJson(request: Request, limits: BodyLimits): Promise<unknown> {
  const bytes = await readBytes(request, limits);
  return bytes.length === 0 ? {} : parse(bytes);
}

function parse(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.startsWith("\ufeff")) throw new SyntaxError("it begins with a byte order mark");
    const value: unknown = JSON.parse(text);
    checkStructure(text);
    return value;
  } catch (error) {
    throw new ProblemError("invalid_json", `The body must be JSON in UTF-8: ${(error as Error).message}`);
  }
}

async function readBytes(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  const parts: BlobPart[] = [];
  for await (const chunk of bodyChunks(request, limits)) parts.push(chunk);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Looks for what `JSON.parse` lets pass in text that it has found well-formed. */
function checkStructure(text: string): void {
  const levels: Set<string>[] = [];
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*:?|[{}[\]]/g)) {
    if (token === "{" || token === "[") {
      levels.push(new Set());
      if (levels.length > MAX_DEPTH) throw new SyntaxError(`it is nested more than ${MAX_DEPTH} levels deep`);
    } else if (token === "}" || token === "]") {
      levels.pop();
    } else if (token.endsWith(":")) {
      const name: string = JSON.parse(token.slice(0, -1));
      if (levels.at(-1)?.has(name)) throw new SyntaxError(`${JSON.stringify(name)} is given twice`);
      levels.at(-1)?.add(name);
    }
  }
}
