import { z } from "zod";
import { RequestSchema } from "./request.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Names of the fields that hold numbers. */
const NUMERIC: ReadonlySet<string> = new Set(
  Object.entries(RequestSchema.shape).filter(([, field]) => innermost(field) instanceof z.ZodNumber).map(([name]) =>
    name
  ),
);

/**
 * Turns fields that came as text, in a query or as flags, into a request body: what reads as a number becomes one where
 * the schema wants one, everything else stays as it is, so that a wrong value is reported the way it was written.
 */
export function fromText(fields: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [name, NUMERIC.has(name) && NUMBER.test(text) ? Number(text) : text]),
  );
}

function innermost(field: unknown): unknown {
  return field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault
    ? innermost(field.unwrap())
    : field;
}
