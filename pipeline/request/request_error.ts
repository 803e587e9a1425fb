/**
 * What is told about a request that cannot be honoured: the same words over HTTP and on the command line.
 *
 * @module
 */

/** What is wrong, for programs. */
export type IssueCode =
  | "budget_exceeded"
  | "class_not_found"
  | "image_too_large"
  | "invalid_image"
  | "invalid_model"
  | "invalid_prompt"
  | "invalid_size"
  | "invalid_task"
  | "invalid_type"
  | "invalid_value"
  | "missing_parameter"
  | "model_not_found"
  | "out_of_range"
  | "scheduler_not_found"
  | "unexpected_parameter"
  | "unknown_parameter"
  | "unsupported_image"
  | "url_not_supported";

/** One thing that is wrong with a request. */
export interface Issue {
  /** Name of the field; null if the request as a whole is meant. */
  readonly param: string | null;
  readonly code: IssueCode;
  /** A sentence that names the field, the value that came and what would be right. */
  readonly message: string;
}

/** A request that cannot be honoured; nothing was allocated or computed for it. */
export class InvalidRequestError extends Error {
  override readonly name = "InvalidRequestError";
  /** Everything that is wrong; at least one. */
  readonly issues: readonly Issue[];

  /** @param issues everything that is wrong; the message is their sentences, one a line */
  constructor(issues: readonly Issue[]) {
    super(issues.map(({ message }) => message).join("\n"));
    this.issues = issues;
  }
}

/** How many characters of a value are repeated to the caller. */
const SHOWN = 60;

/** A value as messages show it: JSON, shortened, with control characters escaped. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  const start = [...text.slice(0, 2 * SHOWN)];
  return start.length > SHOWN ? `${start.slice(0, SHOWN).join("")}… (${text.length} characters)` : start.join("");
}
