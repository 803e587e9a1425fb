import { shown } from "../../pipeline/request/request_error.ts";
import { ProblemError } from "../answers/problem.ts";

/** A content type's name and its parameters, names in lower case. */
export interface ContentType {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a request says its body is; the name is empty if it says nothing (RFC 9110, section 8.3.1). */
export function contentType(headers: Headers): ContentType {
  const [name = "", ...rest] = (headers.get("content-type") ?? "").split(";").map((part) => part.trim());
  const parameters = rest.flatMap((part) => {
    const [, name, quoted, plain] = /^([\w-]+)=(?:"([^"]*)"|(\S*))$/.exec(part) ?? [];
    return name === undefined ? [] : [[name.toLowerCase(), quoted ?? plain!]];
  });
  return { name: name.toLowerCase(), parameters: Object.fromEntries(parameters) };
}

/**
 * Refuses bodies of other types, in other encodings of text than UTF-8, and compressed ones, whose size nobody knows.
 *
 * @param wanted names of the types that are taken
 * @throws {ProblemError}
 */
export function checkContentType(headers: Headers, ...wanted: readonly string[]): void {
  const { name, parameters: { charset = "utf-8" } } = contentType(headers);
  if (!wanted.includes(name) || charset.toLowerCase() !== "utf-8") {
    const type = headers.get("content-type");
    const got = type === null ? "is missing" : `is ${shown(type)}`;
    throw new ProblemError("unsupported_media_type", `content-type ${got}; it must be ${wanted.join(" or ")}`);
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new ProblemError("unsupported_media_type", `content-encoding is ${shown(encoding)}; leave it out`);
  }
}
