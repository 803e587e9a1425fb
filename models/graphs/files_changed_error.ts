/** A file of a model is not the one any more that was there when the model was opened. */
export class FilesChangedError extends Error {
  override readonly name = "FilesChangedError";
}
