/**
 * A thread of onnxruntime-web, in a worker; the runtime's own script is the query. A thread that is canceled says so on
 * stderr before it ends, which is nobody's business.
 *
 * @module
 */
import fs from "node:fs";

const { writeSync } = fs;
fs.writeSync = ((file: number, ...rest: [string]) => file === 2 ? 0 : writeSync(file, ...rest)) as typeof writeSync;
await import(decodeURIComponent(new URL(import.meta.url).search.slice(1)));
