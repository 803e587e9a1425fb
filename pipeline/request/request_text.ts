import { z } from "zod";
import { RequestSchema } from "./schema.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Names of the fields that hold numbers. */
const NUMERIC: ReadonlySet<string> = new Set(
  Object.entries(RequestSchema.shape).filter(([, field]) => innermost(field) instanceof z.ZodNumber).map(([name]) =>
    name
  ),
);

/** Fields that are written in a way of their own. */
const WRITTEN: Readonly<Record<string, (text: string) => unknown>> = {
  boxes: readBoxes,
  emphasis: (text) => text === "true" ? true : text === "false" ? false : text,
  extend: (text) => text.split(",").map((part) => NUMBER.test(part.trim()) ? Number(part) : part),
};

/**
 * Turns fields that came as text, in a query or as flags, into a request body: what reads as a number becomes one where
 * the schema wants one, everything else stays as it is, so that a wrong value is reported the way it was written.
 */
export function fromText(fields: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, text]) => {
      const written = Object.hasOwn(WRITTEN, name) ? WRITTEN[name] : undefined;
      return [name, written ? written(text) : NUMERIC.has(name) && NUMBER.test(text) ? Number(text) : text];
    }),
  );
}

/** Reads `0,0,0.5,1:cat;0.5,0,1,1:dog`: left, top, right, bottom and what is there; or the same list in JSON. */
function readBoxes(text: string): unknown {
  if (text.startsWith("[")) return fromJson(text);
  const boxes = text.split(";").map((part) => /^([^:]*):(.*)$/s.exec(part));
  if (boxes.includes(null)) return text;
  return boxes.map((match) => ({
    box: match![1]!.split(",").map((part) => NUMBER.test(part.trim()) ? Number(part) : part),
    text: match![2]!.trim(),
  }));
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function innermost(field: unknown): unknown {
  return field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault
    ? innermost(field.unwrap())
    : field;
}
