import type { GraphSource } from "../device.ts";

/** Says which graph could not be loaded, and why. */
export function loadError({ path }: GraphSource, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`Graph ${path} could not be loaded: ${why}`, { cause });
}
