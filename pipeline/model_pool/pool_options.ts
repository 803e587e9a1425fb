import type { MemoryPlan } from "../../models/memory/memory_plan.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { Generator } from "../generator.ts";
import type { ModelEvent } from "./model_events.ts";

/** What a pool of models needs. */
export interface ModelPoolOptions {
  /** What may be asked for, at least one; the first is the default. */
  readonly models: readonly ModelInfo[];
  readonly open: (model: ModelInfo) => Promise<Generator>;
  /**
   * About how many bytes a model takes while it is loaded. The device is not known before the first is open, and how a model
   * is held not before it is open itself; what is likely stands for them.
   */
  readonly sizeOf: (model: ModelInfo, device: DeviceName | undefined, plan?: MemoryPlan) => Promise<number>;
  /** Bytes that all loaded models may take together. */
  readonly memory: number;
  /** Milliseconds after which a model that nobody uses is given up; never if absent. */
  readonly idle?: number | undefined;
  /** Reads a model again, whose files may have changed. @throws {Error} that says what is wrong with them */
  readonly read: (model: ModelInfo) => Promise<ModelInfo>;
  /** Looks for what may be asked for again; the default first. */
  readonly find: () => Promise<readonly ModelInfo[]>;
  /** Checks every byte of a model that is about to take another's place. @throws {Error} that says what is wrong */
  readonly check: (model: ModelInfo) => Promise<void>;
  /** Told what happens; it must be quick and not throw. */
  readonly onEvent?: (event: ModelEvent) => void;
  /** Milliseconds before the second attempt to open a lost device, doubled each time up to a minute; 1000 if absent. */
  readonly pause?: number;
}
