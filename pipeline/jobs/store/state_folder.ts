import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SCHEMA, SCHEMA_VERSION } from "./job_rows.ts";
import { JobStore } from "./job_store.ts";
import { PictureFolder } from "./picture_files.ts";

/**
 * Opens the folder in which a server keeps its jobs, `jobs.sqlite` and `pictures/`. Only one process can have it open;
 * the system lets go of it when that process ends, however it ends.
 *
 * @param folder made if it is not there
 * @throws {Error} that names the folder if another process has it open, or if it cannot be written or read
 */
export function openStateFolder(folder: string): JobStore {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new JobStore(openDatabase(join(folder, "jobs.sqlite")), new PictureFolder(join(folder, "pictures")));
  } catch (error) {
    // Deno's errors of SQLite have no codes of their own.
    if ((error as Error).message === "database is locked") {
      throw new Error(`state folder ${folder} is in use by another server; end that one or choose another by --state`);
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error(`Deno may not write to the state folder ${folder}; add --allow-write=${folder} to \`deno run\``);
    }
    throw new Error(`state folder ${folder} cannot be used: ${(error as Error).message}; choose another by --state`);
  }
}

/** @param path or `:memory:` */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // Exclusive locking keeps other servers out; FULL waits for the disk at every commit.
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
    `);
    const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
    if (version === 0) {
      database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    } else if (version !== SCHEMA_VERSION) {
      throw new Error(`it holds version ${version} of the tables, this program knows ${SCHEMA_VERSION}`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
