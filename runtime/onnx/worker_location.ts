/**
 * Makes onnxruntime-web's WebGPU build importable inside a Deno worker, where `location.origin` is "null" and the runtime
 * throws "Invalid URL" (it resolves its files against the origin as a page would). Nothing else here reads `location`.
 * May go when the runtime falls back to `import.meta.url`.
 */
export function hideLocation(): void {
  if ("location" in globalThis) {
    Object.defineProperty(globalThis, "location", { value: undefined, configurable: true, writable: true });
  }
}
