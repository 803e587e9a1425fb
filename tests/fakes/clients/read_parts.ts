import { parseMultipartStream } from "@remix-run/multipart-parser";

/** A part of a multipart body. */
export interface ReadPart {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** Reads a multipart answer to its end with a parser that nobody here wrote. */
export async function readParts(response: Response): Promise<readonly ReadPart[]> {
  const boundary = /^multipart\/[\w-]+; boundary=([\w-]+)$/.exec(response.headers.get("content-type") ?? "")![1]!;
  const parts: ReadPart[] = [];
  for await (const { headers, bytes } of parseMultipartStream(response.body!, { boundary })) {
    parts.push({ headers: { ...headers }, body: bytes });
  }
  return parts;
}
