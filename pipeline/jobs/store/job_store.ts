import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Timings } from "../../generation.ts";
import type { DurableJob, EndState, JobEvent, JobFailure, JobPicture, JobView } from "../job.ts";
import { StorageError } from "../job_errors.ts";
import { type JobRow, toEvents, toView } from "./job_rows.ts";
import type { PictureFiles } from "./picture_files.ts";
import { echoOf, pack } from "./request_record.ts";

/** How a job ended. */
export interface JobEnd {
  readonly state: EndState;
  readonly ended: number;
  /** What readers that come later are told. */
  readonly events: readonly JobEvent[];
  readonly timings: Timings | undefined;
  readonly failure: JobFailure | undefined;
}

/** What outlives the process: jobs in a database, their pictures in files. Every method may throw {@link StorageError}. */
export class JobStore implements Disposable {
  readonly #database: DatabaseSync;
  readonly #files: PictureFiles;
  readonly #statements = new Map<string, StatementSync>();

  /** @param database with the tables of `SCHEMA`, used by nobody else */
  constructor(database: DatabaseSync, files: PictureFiles) {
    this.#database = database;
    this.#files = files;
    files.retain(new Set(this.#all<JobPicture>("SELECT sha256 FROM pictures").map(({ sha256 }) => sha256)));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Remembers a job before anybody is told that it was accepted. Gives the number it has here. */
  accept(job: DurableJob): number {
    const { json, bytes } = pack(job.request);
    return Number(
      this.#run(
        `INSERT INTO jobs (owner, id, key, fingerprint, dialect, priority, model_hash, request, arrays, delivery,
          preview_every, state, created, deadline) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)`,
        ...[job.owner, job.id, job.key ?? null, job.fingerprint, job.dialect, job.priority, job.modelHash, json, bytes],
        ...[JSON.stringify(job.delivery), job.previewEvery ?? null, job.created, job.deadline],
      ).lastInsertRowid,
    );
  }

  start(row: number, now: number): void {
    this.#run("UPDATE jobs SET state = 'running', started = ?, runs = runs + 1 WHERE row = ?", now, row);
  }

  /** Lets a job that ran wait again. @param crashed whether the server died meanwhile */
  requeue(row: number, crashed: boolean): void {
    this.#run("UPDATE jobs SET state = 'queued', crashes = crashes + ? WHERE row = ?", Number(crashed), row);
  }

  /**
   * Puts a picture's file on the disk, then its name into the database.
   *
   * @param signal if it is aborted before that is done, nothing is left of it
   */
  async keep(
    row: number,
    { index, seed }: Pick<JobPicture, "index" | "seed">,
    file: Uint8Array,
    signal: AbortSignal,
  ): Promise<JobPicture | undefined> {
    const written = await this.#files.write(file);
    if (signal.aborted) return void written.discard();
    // From here on nothing waits, so that no sweep comes between name and row.
    written.keep();
    const { sha256, bytes } = written;
    this.#run("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?, ?, ?)", row, index, seed, sha256, bytes);
    return { index, seed, sha256, bytes };
  }

  end(row: number, request: object, { state, ended, events, timings, failure }: JobEnd): void {
    this.#run(
      `UPDATE jobs SET state = ?, ended = ?, events = ?, timings = ?, failure = ?, request = ?, arrays = NULL,
        size = length(?3) + length(?6) + (SELECT coalesce(sum(bytes), 0) FROM pictures WHERE job = ?7) WHERE row = ?7`,
      ...[state, ended, JSON.stringify(events), timings ? JSON.stringify(timings) : null],
      ...[failure ? JSON.stringify(failure) : null, JSON.stringify(echoOf(request)), row],
    );
  }

  /** Jobs that have not ended, in the order they came. */
  left(): readonly JobRow[] {
    return this.#all<JobRow>("SELECT * FROM jobs WHERE ended IS NULL ORDER BY row");
  }

  /** The job that was submitted under this id or key, if any. */
  find(owner: string, name: { id: string } | { key: string }): { id: string; fingerprint: string } | undefined {
    const [column, value] = "id" in name ? ["id", name.id] : ["key", name.key];
    const row = this.#get<JobRow>(`SELECT * FROM jobs WHERE owner = ? AND ${column} = ?`, owner, value!);
    return row && { id: row.id, fingerprint: row.fingerprint };
  }

  /** A job that is not in memory. */
  view(owner: string, id: string): JobView | undefined {
    const row = this.#row(owner, id);
    return row && toView(row, this.pictures(row.row));
  }

  /** Jobs that have ended, the newest first. */
  ended(owner: string, most: number): readonly JobView[] {
    const sql = "SELECT * FROM jobs WHERE owner = ? AND ended IS NOT NULL ORDER BY row DESC LIMIT ?";
    return this.#all<JobRow>(sql, owner, most).map((row) => toView(row, this.pictures(row.row)));
  }

  events(owner: string, id: string): readonly JobEvent[] | undefined {
    const row = this.#row(owner, id);
    return row && toEvents(row);
  }

  /** In the order of their indices. */
  pictures(row: number): readonly JobPicture[] {
    return this.#all<JobPicture>(
      `SELECT image AS "index", seed, sha256, bytes FROM pictures WHERE job = ? ORDER BY image`,
      row,
    );
  }

  /** A picture's file. */
  read({ sha256 }: JobPicture): Promise<Uint8Array<ArrayBuffer>> {
    return this.#files.read(sha256);
  }

  /** Removes an ended job and its pictures; false if there is none. */
  forget(owner: string, id: string): boolean {
    const row = this.#row(owner, id);
    if (row === undefined || row.ended === null) return false;
    this.#remove([row.row]);
    return true;
  }

  /** Removes jobs that ended before `oldest`, then those that ended first until the rest takes at most so many bytes. */
  sweep(oldest: number, bytes: number): void {
    const ended = this.#all<{ row: number; ended: number; size: number }>(
      "SELECT row, ended, size FROM jobs WHERE ended IS NOT NULL ORDER BY ended DESC, row DESC",
    );
    let sum = 0;
    this.#remove(ended.filter((job) => (sum += job.size) > bytes || job.ended < oldest).map(({ row }) => row));
  }

  #remove(rows: readonly number[]): void {
    for (const row of rows) {
      const pictures = this.pictures(row);
      this.#run("DELETE FROM jobs WHERE row = ?", row);
      for (const { sha256 } of pictures) {
        if (!this.#get("SELECT 1 FROM pictures WHERE sha256 = ?", sha256)) this.#files.remove(sha256);
      }
    }
  }

  #row(owner: string, id: string): JobRow | undefined {
    return this.#get<JobRow>("SELECT * FROM jobs WHERE owner = ? AND id = ?", owner, id);
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): { readonly lastInsertRowid: number | bigint } {
    return this.#try(sql, (statement) => statement.run(...values));
  }

  #get<T>(sql: string, ...values: readonly SQLInputValue[]): T | undefined {
    return this.#try(sql, (statement) => statement.get(...values)) as T | undefined;
  }

  #all<T>(sql: string, ...values: readonly SQLInputValue[]): readonly T[] {
    return this.#try(sql, (statement) => statement.all(...values)) as readonly unknown[] as readonly T[];
  }

  #try<T>(sql: string, use: (statement: StatementSync) => T): T {
    try {
      let statement = this.#statements.get(sql);
      if (!statement) this.#statements.set(sql, statement = this.#database.prepare(sql));
      return use(statement);
    } catch (error) {
      throw new StorageError("The job could not be stored or read", { cause: error });
    }
  }
}
