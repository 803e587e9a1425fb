import type { Digest } from "../digest.ts";
import type { Opened } from "../transfer/http.ts";
import type { Patience } from "../transfer/retry.ts";

/** A file that a source has. */
export interface ListedFile {
  /** Relative to the model's folder, with slashes; checked to stay inside. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What it must be; a local folder without a manifest cannot tell. */
  readonly digest: Digest | undefined;
}

/** A model somewhere else. */
export interface Source {
  /** How it is told, such as `hf:owner/name@main`. */
  readonly origin: string;
  readonly files: readonly ListedFile[];
  open(file: ListedFile, offset: number, patience: Patience): Promise<Opened>;
}
