import { ProblemError } from "./problem.ts";

/** What a body may cost the server before anything is known about it. */
export interface BodyLimits {
  /** Most bytes. */
  readonly bytes: number;
  /** Milliseconds until the last byte must have come. */
  readonly deadline: number;
}

/** Most levels of objects and arrays in each other. */
const MAX_DEPTH = 32;

/**
 * Reads a request's body as JSON, strictly: UTF-8 without a byte order mark, no name twice, not deeply nested.
 *
 * @throws {ProblemError} that says what is wrong with it
 */
export async function readJson(request: Request, limits: BodyLimits): Promise<unknown> {
  checkType(request.headers);
  const bytes = await readBytes(request, limits);
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

function checkType(headers: Headers): void {
  const type = headers.get("content-type");
  const [essence, ...parameters] = (type ?? "").toLowerCase().split(";").map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice(8).replaceAll('"', "");
  if (essence !== "application/json" || (charset !== undefined && charset !== "utf-8")) {
    const got = type === null ? "is missing" : `is ${JSON.stringify(type)}`;
    throw new ProblemError("unsupported_media_type", `content-type ${got}; it must be application/json`);
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new ProblemError("unsupported_media_type", `content-encoding is ${JSON.stringify(encoding)}; leave it out`);
  }
}

async function readBytes(request: Request, { bytes, deadline }: BodyLimits): Promise<Uint8Array> {
  const tooLarge = () => new ProblemError("payload_too_large", `The body must have at most ${bytes} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > bytes) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new ProblemError("request_timeout", `The body must arrive within ${deadline / 1000} s`));
  }, deadline);
  const parts: BlobPart[] = [];
  let length = 0;
  try {
    while (true) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
      length += value.length;
      if (length > bytes) throw tooLarge();
      parts.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
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
