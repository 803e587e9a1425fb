import type { ModelInfo } from "../models/model_info.ts";
import type { Jobs } from "../pipeline/jobs/jobs.ts";
import type { ModelPool } from "../pipeline/model_pool/model_pool.ts";
import type { BodyLimits } from "./bodies/body_chunks.ts";
import type { EncodeWatch } from "./observe/time_stream.ts";
import { ProblemError } from "./answers/problem.ts";

/** Where the server is in its life. */
export type ServiceState = "loading" | "ready" | "device_lost" | "draining";

/** What the routes stand on. */
export interface Service {
  /** What everything that makes pictures goes through. */
  readonly jobs: Jobs;
  /** At least one; the first is the default. Entries change when models are loaded anew, the array stays. */
  readonly models: readonly ModelInfo[];
  /** What keeps them in memory. */
  readonly pool: Pick<ModelPool, "isReady" | "load" | "loaded" | "refresh" | "unload">;
  /** Whether who has no key, where there are no keys, may load and unload models; true if absent. */
  readonly admin?: boolean;
  /** Name and version of the program. */
  readonly version: string;
  readonly limits: BodyLimits;
  /** Milliseconds between signs of life in streams of events; 15 s if absent. */
  readonly keepAlive?: number;
  readonly state: () => ServiceState;
  /** Told of pictures' files. */
  readonly onEncode?: EncodeWatch;
  /** Told of failures that are the server's own, with the request's id. */
  readonly onFailure?: (error: unknown, requestId: string) => void;
}

/** @throws {ProblemError} unless the service takes work */
export function checkReady({ state }: Service): void {
  switch (state()) {
    case "loading":
      throw new ProblemError("model_loading", "The model is still loading; try again in a moment");
    case "device_lost":
      throw new ProblemError("device_lost", "The device was lost and is being opened again; try again in a moment");
    case "draining":
      throw new ProblemError("server_draining", "The server is shutting down; it takes no more work");
  }
}
