import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { Delivery, GenerationRequest } from "../../pipeline/request/request.ts";
import { ProblemError } from "./problem.ts";

/** Ways to hand over pictures. */
export const FORMATS = ["image/png", "application/json", "multipart/mixed", "multipart/x-mixed-replace"] as const;

/** A way to hand over pictures. */
export type Format = (typeof FORMATS)[number];

/**
 * Chooses the answer's format from those that can hold what was asked for, as Accept wishes.
 *
 * @throws {ProblemError} if none of them is acceptable, or if Accept leaves open which one several pictures should take
 */
export function chooseFormat(c: Context, { count }: GenerationRequest, { previews = 0 }: Delivery): Format {
  const possible = FORMATS.filter((format) =>
    previews > 0 ? format === "multipart/x-mixed-replace" : count === 1 || format !== "image/png"
  );
  const accept = c.req.header("accept") ?? "*/*";
  const chosen = accepts(c, { header: "Accept", supports: [...possible], default: "" });
  if (chosen !== "") return chosen as Format;
  // Where anything goes, the simplest does; but who expects one picture must not get a file of several.
  if (accept.includes("*/*") && (count === 1 || possible.length === 1)) return possible[0]!;
  const why = previews > 0 ? ` with ${previews} previews` : count > 1 ? ` with ${count} pictures` : "";
  throw new ProblemError(
    "not_acceptable",
    `accept is ${JSON.stringify(accept)}; an answer${why} can be ${possible.join(", ")}`,
  );
}
