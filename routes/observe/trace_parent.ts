/** W3C Trace Context, version 00 and what later ones add behind it; neither id may be all zeros. */
const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(-.*)?$/;

/** The trace's id in a `traceparent` header, 32 hexadecimal digits; undefined if there is none that is good. */
export function traceIdOf(header: string | undefined): string | undefined {
  const [, id, more] = TRACE_PARENT.exec(header ?? "") ?? [];
  return more !== undefined && header!.startsWith("00") ? undefined : id;
}
