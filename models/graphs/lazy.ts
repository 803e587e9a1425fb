import type { Device, GraphSource, Session } from "../../runtime/device.ts";

/** A graph that is loaded when it is first needed. */
export interface LazySession extends AsyncDisposable {
  /** The loaded graph. @throws {Error} with the file's name if it cannot be loaded; the next call tries again */
  get(): Promise<Session>;
}

/** Defers the loading of a graph that many requests do without. */
export function lazySession(device: Device, source: () => Promise<GraphSource>): LazySession {
  let loading: Promise<Session> | undefined;
  return {
    get() {
      loading ??= source().then((graph) => device.load(graph)).catch((error) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
    async [Symbol.asyncDispose]() {
      await (await loading)?.[Symbol.asyncDispose]();
    },
  };
}
