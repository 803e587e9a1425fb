import { cpuObstacle } from "./cpu.ts";
import type { DeviceName } from "./device.ts";
import { findAdapter } from "./gpu/adapter.ts";
import { WASM_THREADS } from "./wasm.ts";

/** What can be told of a device without opening it. */
export interface DeviceSurvey {
  readonly name: DeviceName;
  /** Why it cannot be had at once; absent if it can. */
  readonly obstacle?: string;
  /** The hardware or software in a few words. */
  readonly description: string;
  /** Limits and features, by the names that WebGPU and onnxruntime use; sizes in bytes. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** Looks at every device, for `doctor`. Opens and fetches nothing. */
export function surveyDevices(): Promise<DeviceSurvey[]> {
  return Promise.all([surveyWebgpu(), surveyCpu(), surveyWasm()]);
}

async function surveyWebgpu(): Promise<DeviceSurvey> {
  const adapter = await findAdapter();
  if (!adapter) return { name: "webgpu", obstacle: "no adapter was found", description: "WebGPU", facts: {} };
  const { info, features, limits } = adapter;
  return {
    name: "webgpu",
    description: info.description,
    facts: {
      isFallbackAdapter: info.isFallbackAdapter,
      vendor: info.vendor,
      architecture: info.architecture,
      "shader-f16": features.has("shader-f16"),
      subgroups: features.has("subgroups"),
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    },
  };
}

async function surveyCpu(): Promise<DeviceSurvey> {
  const obstacle = await cpuObstacle();
  return {
    name: "cpu",
    description: "onnxruntime-node, native code",
    facts: { threads: navigator.hardwareConcurrency },
    ...(obstacle && { obstacle }),
  };
}

function surveyWasm(): Promise<DeviceSurvey> {
  const facts = { threads: WASM_THREADS, maxMemory: 2 ** 32 };
  return Promise.resolve({ name: "wasm", description: "onnxruntime-web, WebAssembly", facts });
}
