/**
 * Why a model cannot be had, as callers see it.
 *
 * @module
 */

/** The model takes more memory than all models together may. */
export class ModelTooLargeError extends Error {
  override readonly name = "ModelTooLargeError";

  /**
   * @param bytes what it takes
   * @param beside what the same model takes already, as it was before its files changed
   * @param size what there is in all
   */
  constructor(model: string, bytes: number, beside: number, size: number) {
    const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
    super(
      `model ${model} takes ${megabytes(bytes)}, but all loaded models together may take ${megabytes(size)}` +
        (beside > 0 ? `, and what is loaded of it takes ${megabytes(beside)}; unload it first` : ""),
    );
  }
}

/** The model's files cannot be opened; the message says why without their paths, the cause says all. */
export class ModelUnavailableError extends Error {
  override readonly name = "ModelUnavailableError";

  /** @param folder the model's, of which nobody is told */
  constructor(model: string, folder: string, cause: unknown) {
    super(`model ${model} cannot be loaded: ${withoutPaths(cause, folder)}`, { cause });
  }
}

/** The model was loaded anew, or is gone, since the request was checked against it. */
export class ModelChangedError extends Error {
  override readonly name = "ModelChangedError";

  constructor(model: string) {
    super(`model ${model} is not there any more, or has other weights now`);
  }
}

/** What is wrong, with files by their places in the model's folder, and others by their names alone. */
function withoutPaths(cause: unknown, folder: string): string {
  const { message } = cause instanceof Error ? cause : new Error(String(cause));
  const [line = ""] = message.split("\n");
  return line.replaceAll(`${folder}/`, "").replaceAll(folder, "its folder")
    .replaceAll(
      /(?<![\w.-])(?:file:\/\/)?(?:[A-Za-z]:)?(?:[\\/][^\s\\/:;,'"()]+)+/g,
      (path) => path.split(/[\\/]/).at(-1)!,
    );
}
