/**
 * The store's tables, and what their rows say.
 *
 * @module
 */
import type { DurableJob, JobEvent, JobPicture, JobState, JobView } from "../job.ts";
import { unpack } from "./request_record.ts";

/** A change of the tables needs another number. */
export const SCHEMA_VERSION = 1;

/** `arrays` holds what is no text in `request`; both are cut down to what clients are told when the job ends. */
export const SCHEMA = `
CREATE TABLE jobs (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL, id TEXT NOT NULL, key TEXT, fingerprint TEXT NOT NULL,
  dialect TEXT NOT NULL, priority INTEGER NOT NULL, model_hash TEXT NOT NULL,
  request TEXT NOT NULL, arrays BLOB, delivery TEXT NOT NULL, preview_every INTEGER,
  state TEXT NOT NULL, created INTEGER NOT NULL, started INTEGER, ended INTEGER, deadline INTEGER NOT NULL,
  runs INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0,
  events TEXT, timings TEXT, failure TEXT, size INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, id), UNIQUE (owner, key)
) STRICT;
CREATE INDEX ended_jobs ON jobs (ended, size) WHERE ended IS NOT NULL;
CREATE INDEX unended_jobs ON jobs (row) WHERE ended IS NULL;
CREATE TABLE pictures (
  job INTEGER NOT NULL REFERENCES jobs (row) ON DELETE CASCADE,
  image INTEGER NOT NULL, seed INTEGER NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY (job, image)
) STRICT, WITHOUT ROWID;
CREATE INDEX pictures_by_content ON pictures (sha256);
`;

/** A row of `jobs`. */
export interface JobRow {
  readonly row: number;
  readonly owner: string;
  readonly id: string;
  readonly key: string | null;
  readonly fingerprint: string;
  readonly dialect: string;
  readonly priority: number;
  readonly model_hash: string;
  readonly request: string;
  readonly arrays: Uint8Array<ArrayBuffer> | null;
  readonly delivery: string;
  readonly preview_every: number | null;
  readonly state: JobState;
  readonly created: number;
  readonly started: number | null;
  readonly ended: number | null;
  readonly deadline: number;
  readonly runs: number;
  readonly crashes: number;
  readonly events: string | null;
  readonly timings: string | null;
  readonly failure: string | null;
}

/** A job that a stop of the server left unfinished. */
export interface LeftJob extends DurableJob {
  readonly row: number;
  /** How often it was begun. */
  readonly runs: number;
  /** How often the server died while it ran. */
  readonly crashes: number;
}

/** The job as it was accepted. @throws {SyntaxError} if the row is damaged */
export function toLeftJob(row: JobRow): LeftJob {
  return {
    row: row.row,
    id: row.id,
    owner: row.owner,
    key: row.key ?? undefined,
    fingerprint: row.fingerprint,
    dialect: row.dialect,
    priority: row.priority,
    modelHash: row.model_hash,
    request: unpack({ json: row.request, bytes: row.arrays ?? new Uint8Array() }) as LeftJob["request"],
    delivery: JSON.parse(row.delivery),
    previewEvery: row.preview_every ?? undefined,
    created: row.created,
    deadline: row.deadline,
    runs: row.runs,
    crashes: row.crashes,
  };
}

/** What clients are told of a job that is not in memory. */
export function toView(row: JobRow, pictures: readonly JobPicture[]): JobView {
  const events = toEvents(row);
  return {
    id: row.id,
    owner: row.owner,
    dialect: row.dialect,
    priority: row.priority,
    attached: false,
    state: row.state,
    request: JSON.parse(row.request),
    created: row.created,
    started: row.started ?? undefined,
    ended: row.ended ?? undefined,
    deadline: row.deadline,
    position: undefined,
    progress: undefined,
    pictures,
    notices: events.filter((event) => event.type === "notice").map(({ message }) => message),
    timings: row.timings === null ? undefined : JSON.parse(row.timings),
    failure: row.failure === null ? undefined : JSON.parse(row.failure),
  };
}

/** What is left of an ended job's events: all but steps and previews. */
export function toEvents({ events }: Pick<JobRow, "events">): readonly JobEvent[] {
  return events === null ? [] : JSON.parse(events);
}
