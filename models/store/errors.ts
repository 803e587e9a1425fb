/** A file that is not what was promised, or that would reach outside its folder; nothing of it is kept. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** What a server does not give: no such model, no right to it, or no network allowed. Asking again does not help. */
export class AccessError extends Error {
  override readonly name = "AccessError";
}

/** A server that asks to come back later. */
export class BusyError extends Error {
  override readonly name = "BusyError";

  /** @param after milliseconds to wait, if the server told */
  constructor(message: string, readonly after?: number) {
    super(message);
  }
}
