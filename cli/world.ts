import type { MemoryPlan } from "../models/memory/memory_plan.ts";
import type { ModelInfo } from "../models/model_info.ts";
import type { Patience } from "../models/store/transfer/retry.ts";
import type { DeviceName } from "../runtime/device.ts";
import type { StoreSettings } from "../models/store/settings.ts";
import type { FirstStage } from "../pipeline/first_stage/first_stage.ts";
import type { Generator } from "../pipeline/generator.ts";
import type { JobStore } from "../pipeline/jobs/store/job_store.ts";
import type { OpenOptions } from "../pipeline/worker/worker_messages.ts";

/** A stream of the process. */
export interface Output {
  /** Writes all of it. */
  write(data: string | Uint8Array): Promise<void>;
  /** Whether someone looks at it. */
  isTerminal(): boolean;
}

/** What the commands need from outside; `main.ts` makes it, tests make a short one. */
export interface World {
  /** Name and version of the program. */
  readonly version: string;
  readonly findModels: () => Promise<readonly ModelInfo[]>;
  readonly readModel: (folder: string) => Promise<ModelInfo>;
  /** About how many bytes a model takes on a device, held in one way or the other, from its files. */
  readonly modelBytes: (model: ModelInfo, device: DeviceName, plan: MemoryPlan) => Promise<number>;
  /** Bytes of memory that the machine has. */
  readonly memory: () => number;
  /** What is done meanwhile is told, for people. */
  readonly openGenerate: (options: OpenOptions, tell: (text: string) => void) => Promise<Generator>;
  readonly openFirstStage: (options: OpenOptions, tell: (text: string) => void) => Promise<FirstStage>;
  /** Opens the folder of jobs that outlive the process. @throws {Error} that names it if that cannot be done */
  readonly openState: (folder: string) => Promise<JobStore>;
  /** Where models come from and are kept. */
  readonly store: StoreSettings;
  /** How long downloads are tried, where that differs from the usual. */
  readonly patience?: Partial<Patience>;
  /** For data. */
  readonly stdout: Output;
  /** For people. */
  readonly stderr: Output;
  /** Looks up a variable of the environment. */
  readonly env: (name: string) => string | undefined;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
}
