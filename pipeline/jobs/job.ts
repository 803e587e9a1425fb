/**
 * What a job is, as routes and clients see it.
 *
 * @module
 */
import type { Timings } from "../generation.ts";
import type { Pixels } from "../images/pixels.ts";
import type { Delivery, GenerationRequest } from "../request/request.ts";

/** Where a job ends; it does so exactly once. */
export type EndState = "succeeded" | "failed" | "canceled" | "expired";
/** Where a job is in its life. `expired` means that its deadline came first. */
export type JobState = "queued" | "running" | EndState;

/** Why a job failed. */
export interface JobFailure {
  /** For programs, as in the problem documents of HTTP. */
  readonly code: string;
  /** A sentence fit for clients. */
  readonly message: string;
}

/** How far a running job is. */
export interface JobProgress {
  /** Indices of the pictures under way. */
  readonly images: readonly number[];
  /** Steps done of these, 1 … total. */
  readonly step: number;
  readonly total: number;
  /** The newest preview, if previews were asked for. */
  readonly preview: Pixels | undefined;
}

/** A finished picture of a stored job. */
export interface JobPicture {
  /** 0 … count − 1. */
  readonly index: number;
  readonly seed: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Size of the file. */
  readonly bytes: number;
}

/** A job at this moment. Times are milliseconds since 1970. */
export interface JobView {
  readonly id: string;
  /** Whose job it is; nobody else sees it. */
  readonly owner: string;
  /** Which of the server's dialects it came by, such as `native` or `a1111`. */
  readonly dialect: string;
  /** 0 … 9; higher ones start first. */
  readonly priority: number;
  /** Whether it ends with the call that began it; such a job is never stored. */
  readonly attached: boolean;
  readonly state: JobState;
  /** The request without its pixels and other arrays. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly created: number;
  readonly started: number | undefined;
  readonly ended: number | undefined;
  /** When it expires if it has not ended before. */
  readonly deadline: number;
  /** How many jobs start before this one does, if it waits. */
  readonly position: number | undefined;
  readonly progress: JobProgress | undefined;
  /** In the order of their indices; always empty for an attached job, whose caller has them. */
  readonly pictures: readonly JobPicture[];
  readonly notices: readonly string[];
  /** Of the newest picture. */
  readonly timings: Timings | undefined;
  readonly failure: JobFailure | undefined;
}

/** What happens to a job, without its number. */
export type JobNews =
  | { readonly type: "queued"; readonly position: number }
  | { readonly type: "started" }
  | { readonly type: "notice"; readonly message: string }
  | { readonly type: "step"; readonly images: readonly number[]; readonly step: number; readonly total: number }
  | { readonly type: "preview"; readonly images: readonly number[]; readonly step: number; readonly preview: Pixels }
  | { readonly type: "image"; readonly index: number; readonly seed: number }
  | { readonly type: "end"; readonly state: EndState; readonly failure: JobFailure | undefined };

/** What happens to a job; numbers of one job's events grow, also over restarts of the server, with gaps. */
export type JobEvent = JobNews & { readonly id: number };

/** The call that brought a job, for logs and traces; it is not stored. */
export interface JobOrigin {
  readonly requestId: string;
  /** Of the W3C trace that the call belongs to, if any: 32 hexadecimal digits. */
  readonly traceId: string | undefined;
}

/** How a job is to be treated; nothing here changes its pictures. */
export interface JobOptions {
  readonly origin?: JobOrigin;
  /** Told the job's id, once it has one. */
  readonly onAccept?: (id: string) => void;
  /** Whose job it is; the anonymous owner if absent. */
  readonly owner?: string;
  /** Chosen by the caller; drawn if absent. */
  readonly id?: string;
  /** Which of the server's dialects it came by; `native` if absent. */
  readonly dialect?: string;
  /** 0 … 9, higher ones start first; {@link DEFAULT_PRIORITY} if absent. */
  readonly priority?: number;
  /** Milliseconds after which it expires, waiting included; the longest allowed if absent. */
  readonly timeout?: number;
  /** A preview after every so many steps; none if absent. */
  readonly previewEvery?: number;
}

/** How a job that outlives its caller is to be treated. */
export interface SubmitOptions extends JobOptions {
  /** Names the job for its owner, so that a repeated submission joins it. */
  readonly key?: string;
  /** Tells submissions apart: the same id or key with another fingerprint is a conflict. */
  readonly fingerprint: string;
  readonly delivery: Delivery;
}

/** What is remembered of an accepted job, enough to begin it again. */
export interface AcceptedJob {
  readonly id: string;
  readonly owner: string;
  readonly dialect: string;
  readonly priority: number;
  readonly request: GenerationRequest;
  readonly created: number;
  readonly deadline: number;
  readonly previewEvery: number | undefined;
  /** Names the weights it was accepted for. */
  readonly modelHash: string;
  /** Absent after a restart of the server. */
  readonly origin?: JobOrigin | undefined;
}

/** What is remembered of a job that outlives its caller. */
export interface DurableJob extends AcceptedJob {
  readonly key: string | undefined;
  readonly fingerprint: string;
  readonly delivery: Delivery;
}

/** Priority of a job that does not say; also that of every attached one. */
export const DEFAULT_PRIORITY = 5;
/** Owner of jobs where nobody needs a key. */
export const ANYONE = "";
