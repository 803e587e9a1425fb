/**
 * What the main thread and the inference worker say to each other.
 *
 * @module
 */
import type { ModelInfo } from "../../models/model_info.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { GenerationEvent } from "../generation.ts";
import type { GenerationRequest } from "../request/request.ts";

/** What is to be loaded, and where. */
export interface OpenOptions {
  /** Absolute path of a model folder. */
  readonly folder: string;
  readonly device: DeviceName | "auto";
  /** CPU threads for devices that have them; all cores if absent. */
  readonly threads?: number;
  /** In a worker, so that this thread always answers, or in this one, which starts sooner; a worker if absent. */
  readonly thread?: "worker" | "this";
}

/** What the worker has loaded. */
export interface Opened {
  readonly device: { readonly name: DeviceName; readonly description: string };
  readonly model: ModelInfo;
}

/** Main thread to worker. */
export type Command =
  | { readonly type: "open"; readonly options: OpenOptions }
  | {
    readonly type: "generate";
    readonly job: number;
    readonly request: GenerationRequest;
    readonly previewEvery?: number;
  }
  | { readonly type: "abort"; readonly job: number }
  | { readonly type: "close" };

/** Worker to main thread. */
export type Report =
  | { readonly type: "opened"; readonly opened: Opened }
  | { readonly type: "unopened"; readonly error: Error }
  | { readonly type: "event"; readonly job: number; readonly event: GenerationEvent }
  // A class of our own does not survive the way between threads, so this one is told beside the error.
  | { readonly type: "end"; readonly job: number; readonly error?: Error; readonly isNonFinite?: boolean }
  | { readonly type: "closed" };
