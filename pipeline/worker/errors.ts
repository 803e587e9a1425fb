/**
 * Errors on their way between threads: structured cloning makes plain errors of our classes, and callers catch them.
 *
 * @module
 */
import { FilesChangedError } from "../../models/graphs/files_changed_error.ts";
import { DeviceLostError } from "../../runtime/device_lost_error.ts";
import { NonFiniteError } from "../images/non_finite_error.ts";

/** Classes that callers on the other side look for. */
const CLASSES: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  DeviceLostError,
  FilesChangedError,
  NonFiniteError,
};

/** An error as it goes between threads. */
export interface SentError {
  /** With its message and stack. */
  readonly error: Error;
  /** Its class, if that is one of ours. */
  readonly name: string;
}

/** Packs what was thrown. After a WebAssembly trap the runtime is in no state to go on with, so the device is lost. */
export function toSent(thrown: unknown): SentError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (!hasTrapped(error)) return { error, name: error.name };
  return {
    error: new Error(`The inference runtime failed: ${error.message}`, { cause: error }),
    name: "DeviceLostError",
  };
}

/** What was thrown on the other side. */
export function fromSent({ error, name }: SentError): Error {
  const Class = CLASSES[name];
  return Class ? new Class(error.message, { cause: error }) : error;
}

function hasTrapped(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || (error instanceof Error && hasTrapped(error.cause));
}
