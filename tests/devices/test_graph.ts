import { fileURLToPath } from "node:url";
import type { GraphSource } from "../../runtime/device.ts";

/** Absolute path of a file beside the graphs. */
export function pathOf(file: string): string {
  return fileURLToPath(new URL(`graphs/${file}`, import.meta.url));
}

/** One of the graphs that graphs/make_graphs.py wrote. */
export function testGraph(name: string): GraphSource {
  const external = name === "external" ? [pathOf("external.onnx_data")] : [];
  return { path: pathOf(`${name}.onnx`), external };
}
