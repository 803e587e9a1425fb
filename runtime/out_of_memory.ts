/** How V8, C++ in onnxruntime's builds and onnxruntime's own arena say it. */
const WORDS = /out of memory|bad_alloc|allocation failed|failed to allocate/i;

/** Whether something failed, however deep down, because memory ended. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && (WORDS.test(error.message) || isOutOfMemory(error.cause));
}
