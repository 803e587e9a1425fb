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
import { readGraph } from "./onnx/read_graph.ts";

const VERSION = "1.30.0";

/** Put together at run time, so that `deno run` and `deno cache` do not see the import and do not fetch the package. */
const PACKAGE = `npm:onnxruntime-node@${VERSION}`;

/** Idle threads sleep: as fast on an idle machine as spinning, and up to twice as fast on a busy one. */
const SLEEP = { extra: { session: { intra_op: { allow_spinning: "0" } } } };

/**
 * By default the runtime lays the tensors of its first run out anew in one piece for all later ones, and keeps the memory of
 * the first besides: twice as much as is needed, and no faster (docs/models.md, "What a run takes").
 */
const ONE_LAYOUT = { enableMemPattern: false } as const;

const HINT = "run the command with `deno task native` or choose wasm";

/** Why `auto` does not take the `cpu` device; nothing if it can be opened without asking or fetching anything. */
export async function cpuObstacle(): Promise<string | undefined> {
  return await permissionObstacle() ??
    (await isCached() ? undefined : `its package is not fetched yet (288 MB): choose --device cpu once`);
}

async function permissionObstacle(): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "ffi" });
  return state === "granted" ? undefined : `native code is not allowed: ${HINT}`;
}

/** Deno cannot be asked; but it unpacks all packages side by side. */
async function isCached(): Promise<boolean> {
  const neighbour = import.meta.resolve("onnxruntime-web");
  const manifest = neighbour.replace(/\/onnxruntime-web\/.*/, `/onnxruntime-node/${VERSION}/package.json`);
  if (!manifest.startsWith("file:") || manifest === neighbour) return false;
  return await Deno.stat(new URL(manifest)).then(() => true, () => false);
}

/**
 * Opens the `cpu` device; fetches its package if need be.
 *
 * @throws {Error} if native code is not allowed or the package cannot be had
 */
export async function openCpu({ threads = navigator.hardwareConcurrency }: DeviceOptions = {}): Promise<Device> {
  const obstacle = await permissionObstacle();
  if (obstacle) throw new Error(`Device cpu cannot be opened, ${obstacle}`);
  const { InferenceSession, Tensor } = await importOnnx();
  return new HostDevice({
    name: "cpu",
    description: `onnxruntime-node, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    Tensor,
    create: async (graph) => {
      const options = { ...QUIET, ...SLEEP, ...ONE_LAYOUT, intraOpNumThreads: threads };
      // By its path the runtime maps the weights into memory instead of copying them.
      return graph.widened
        ? await InferenceSession.create((await readGraph(graph)).bytes, options)
        : await InferenceSession.create(graph.path, options);
    },
  });
}

async function importOnnx(): Promise<typeof Onnx> {
  try {
    const onnx: typeof Onnx = await import(PACKAGE);
    hideFloat16Array(onnx);
    return onnx;
  } catch (cause) {
    const message = String(cause instanceof Error ? cause.message : cause);
    // Deno prints the whole difference of the lock files.
    const why = message.includes("lockfile") ? `deno.lock does not name it: ${HINT}` : message;
    throw new Error(`Device cpu cannot be opened, ${PACKAGE} could not be imported: ${why}`, { cause });
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
