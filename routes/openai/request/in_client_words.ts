import { InvalidRequestError, type Issue, shown } from "../../../pipeline/request/request_error.ts";
import type { Asked } from "./to_request.ts";

/** What is wrong with a request, in the names that its client knows; other errors stay as they are. */
export function inClientWords(error: unknown, { names, size }: Asked): unknown {
  if (!(error instanceof InvalidRequestError)) return error;
  return new InvalidRequestError(error.issues.map((issue) => translated(issue, names, size)));
}

function translated({ param, code, message }: Issue, names: Asked["names"], size: string | undefined): Issue {
  if (size !== undefined && (param === "width" || param === "height")) {
    return { param: "size", code, message: `size is ${shown(size)}: ${message}` };
  }
  const name = names[param ?? ""] ?? param;
  return {
    param: name,
    code,
    message: message.startsWith(`${param} is `) ? name + message.slice(param!.length) : message,
  };
}
