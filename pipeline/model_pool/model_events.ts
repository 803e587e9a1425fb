import type { ModelInfo } from "../../models/model_info.ts";
import type { Generator } from "../generator.ts";

/** What happens to the models in memory, for logs and metrics. */
export type ModelEvent =
  | { readonly type: "loading" | "unloaded"; readonly model: ModelInfo }
  /** `time` is how many milliseconds it took. */
  | {
    readonly type: "loaded";
    readonly model: ModelInfo;
    readonly device: Generator["device"];
    readonly time: number;
  }
  /** It could not be opened or closed well; if its device was lost it is tried again. */
  | { readonly type: "failed"; readonly model: ModelInfo; readonly error: unknown }
  | { readonly type: "lost"; readonly model: ModelInfo; readonly error: Error };
