/**
 * Graphs on the CPU through onnxruntime-node: several times faster than WebAssembly, but native code, which ends Deno's
 * sandbox, and a package of 288 MB. So it is opt-in.
 *
 * @module
 */
import type * as Onnx from "onnxruntime-common";
import type { Device, DeviceOptions } from "./device.ts";
import { HostDevice } from "./host/host_device.ts";
import { QUIET } from "./onnx/quiet.ts";

/** Held in a variable, so that `deno run` and `deno cache` do not see the import and do not fetch the package. */
const PACKAGE: string = "npm:onnxruntime-node@1.30.0";

const HINT = "run the command with `deno task native` or choose --device wasm";

/** Why the `cpu` device cannot be opened without asking or fetching anything; nothing if it can. */
export async function cpuObstacle(): Promise<string | undefined> {
  if ((await Deno.permissions.query({ name: "ffi" })).state !== "granted") {
    return `Native code is not allowed: ${HINT}`;
  }
  const entry = new URL(import.meta.resolve(PACKAGE));
  const cached = await Deno.stat(entry).then(() => true, () => false);
  if (!cached) return `Package ${PACKAGE} is not cached: ${HINT}, which fetches 288 MB once`;
}

/**
 * Opens the `cpu` device; fetches its package if need be.
 *
 * @throws {Error} if native code is not allowed or the package cannot be had
 */
export async function openCpu({ threads = navigator.hardwareConcurrency }: DeviceOptions = {}): Promise<Device> {
  const { InferenceSession, Tensor } = await importOnnx();
  return new HostDevice({
    name: "cpu",
    description: `onnxruntime-node, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    Tensor,
    create: ({ path }) => InferenceSession.create(path, { ...QUIET, intraOpNumThreads: threads }),
  });
}

async function importOnnx(): Promise<typeof Onnx> {
  try {
    const onnx: typeof Onnx = await import(PACKAGE);
    hideFloat16Array(onnx);
    return onnx;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new Error(`Device cpu cannot be opened, ${HINT}: ${why}`, { cause });
  }
}

/**
 * The package looks for Float16Array when it makes its first tensor, and then hands half-precision inputs to native code
 * as such, which takes them for empty; without it both talk in bits. May go when
 * https://github.com/microsoft/onnxruntime/pull/32323 is released.
 */
function hideFloat16Array({ Tensor }: typeof Onnx): void {
  const hidden = Object.getOwnPropertyDescriptor(globalThis, "Float16Array")!;
  Reflect.deleteProperty(globalThis, "Float16Array");
  new Tensor("float32", [0], [1]);
  Object.defineProperty(globalThis, "Float16Array", hidden);
}
