/**
 * What the main thread and the inference worker say to each other.
 *
 * @module
 */
import type { TrustOptions } from "../../models/check/refuse_untrusted.ts";
import type { TileSetting } from "../../models/first_stage/tile_of.ts";
import type { MemoryPlan, MemorySetting } from "../../models/memory/memory_plan.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { Evaluation, GenerationEvent } from "../generation.ts";
import type { GenerationRequest } from "../request/request.ts";
import type { SentError } from "./errors.ts";

/** What is to be loaded, and where. */
export interface OpenOptions extends TrustOptions {
  /** The model as it was read before; its files are not summed again. */
  readonly model: ModelInfo;
  readonly device: DeviceName | "auto";
  /** CPU threads for devices that have them; all cores if absent. */
  readonly threads?: number;
  /** In a worker, so that this thread always answers, or in this one, which starts sooner; a worker if absent. */
  readonly thread?: "worker" | "this";
  /** Whether one graph is held at a time; `auto`, where all together would not fit, if absent. */
  readonly memory?: MemorySetting;
  /** When pictures go through the autoencoder in tiles; `auto`, where memory would not do otherwise, if absent. */
  readonly tiles?: TileSetting;
}

/** What the worker has loaded. */
export interface Opened {
  readonly device: { readonly name: DeviceName; readonly description: string };
  readonly model: ModelInfo;
  /** How it is held. */
  readonly plan: MemoryPlan;
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
  /** Ends well: jobs are stopped, then everything is given back. */
  | { readonly type: "close" }
  /** Ends what can be ended when the device is lost. */
  | { readonly type: "abandon" };

/** Worker to main thread. */
export type Report =
  /** What is done while a model is opened, for people. */
  | { readonly type: "opening"; readonly text: string }
  | { readonly type: "opened"; readonly opened: Opened }
  | { readonly type: "unopened"; readonly failure: SentError }
  | { readonly type: "event"; readonly job: number; readonly event: GenerationEvent }
  | { readonly type: "evaluation"; readonly job: number; readonly evaluation: Evaluation }
  | { readonly type: "end"; readonly job: number; readonly failure?: SentError }
  | { readonly type: "lost"; readonly failure: SentError }
  | { readonly type: "closed" };
