import {
  MaxHeaderSizeExceededError,
  MaxPartsExceededError,
  MultipartParseError,
  MultipartParser,
} from "@remix-run/multipart-parser";
import { shown } from "../../pipeline/request/request_error.ts";
import { ProblemError } from "../answers/problem.ts";
import { bodyChunks, type BodyLimits } from "./body_chunks.ts";
import { checkContentType, contentType } from "./content_type.ts";

/** What came under each name of a form, in order: bytes if it is a file, text if not. */
export type Form = ReadonlyMap<string, readonly (string | Uint8Array)[]>;

/** More than any request has fields. */
const MAX_PARTS = 100;
/** Bytes of one part's headers. */
const MAX_HEADER = 4096;
/** RFC 2046, section 5.1.1. */
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;

/**
 * Reads a request's body as a form (RFC 7578). Names stand for themselves, whatever dots and brackets are in them, and
 * names of files are never looked at.
 *
 * @param pictures names under which files are taken; under others they are read as text
 * @throws {ProblemError} that says what is wrong with it
 */
export async function readMultipart(
  request: Request,
  limits: BodyLimits,
  pictures: readonly string[],
): Promise<Form> {
  checkContentType(request.headers, "multipart/form-data");
  const { boundary = "" } = contentType(request.headers).parameters;
  if (!BOUNDARY.test(boundary)) throw invalid(`its boundary is ${shown(boundary)}, which is not one of RFC 2046`);
  const parser = new MultipartParser(boundary, {
    maxParts: MAX_PARTS,
    maxHeaderSize: MAX_HEADER,
    maxFileSize: limits.bytes,
    maxTotalSize: limits.bytes,
  });
  const form = new Map<string, (string | Uint8Array)[]>();
  try {
    for await (const chunk of bodyChunks(request, limits)) {
      if (isFinished(parser)) continue; // the epilogue, which some clients send a line of
      for (const part of parser.write(chunk)) {
        const { name } = part;
        if (name === undefined) throw invalid("one of its parts has no name");
        const value = part.isFile && pictures.includes(name) ? part.bytes : part.text;
        form.getOrInsertComputed(name, () => []).push(value);
      }
    }
    parser.finish();
    return form;
  } catch (error) {
    throw explained(error);
  }
}

function isFinished(parser: MultipartParser): boolean {
  try {
    parser.finish();
    return true;
  } catch {
    return false;
  }
}

function explained(error: unknown): unknown {
  if (error instanceof MaxPartsExceededError) {
    return new ProblemError("payload_too_large", `The form must have at most ${MAX_PARTS} parts`);
  }
  if (error instanceof MaxHeaderSizeExceededError) {
    return new ProblemError("payload_too_large", `Each part's headers must have at most ${MAX_HEADER} bytes`);
  }
  if (error instanceof MultipartParseError) return invalid(error.message);
  if (error instanceof TypeError) return invalid("it is not in UTF-8"); // of TextDecoder
  return error;
}

/**
 * The one value of each name.
 *
 * @throws {ProblemError} if a name came more than once
 */
export function onlyValues(form: Form): Record<string, string | Uint8Array> {
  const twice = [...form].find(([, values]) => values.length > 1);
  if (twice) throw invalid(`${shown(twice[0])} is given ${twice[1].length} times; give it once`);
  return Object.fromEntries([...form].map(([name, values]) => [name, values[0]!]));
}

function invalid(message: string): ProblemError {
  return new ProblemError("invalid_form", `The body must be a form as multipart/form-data: ${message}`);
}
