/**
 * Types of fields whose errors go on from "name is value; it …": for requests, settings and files alike.
 *
 * @module
 */
import { z } from "zod";

/** A whole number between bounds, both taken. */
export function whole(min: number, max: number): z.ZodInt {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A number between bounds, both taken. */
export function real(min: number, max: number): z.ZodNumber {
  const error = `must be a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** One of a few words. */
export function oneOf<const T extends readonly string[]>(...words: T): z.ZodEnum<{ [Word in T[number]]: Word }> {
  return z.enum(words, `must be ${words.map((word) => JSON.stringify(word)).join(" or ")}`);
}
