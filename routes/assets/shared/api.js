import { EventStream } from "./event_stream.js";

const KEY = "latentd.key";
/** Milliseconds before a stream that was cut is asked for again. */
const PAUSE = 1000;

/** A refusal; `errors` are the wrong fields, each with `pointer` and `detail`. */
export class ApiError extends Error {
  constructor(status, { detail, errors = [] }) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** Remembers a key until the tab is closed; an empty one is forgotten. */
export function setKey(key) {
  if (key === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

/** The good answer of a route, or an {@link ApiError}. */
export async function call(path, { headers, ...init } = {}) {
  const key = sessionStorage.getItem(KEY);
  let response;
  try {
    response = await fetch(path, { ...init, headers: { ...headers, ...(key && { authorization: `Bearer ${key}` }) } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Error("The server does not answer; is it still running?", { cause: error });
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({ detail: `The server answers ${response.status}` }));
  throw new ApiError(response.status, problem);
}

/** The JSON that a route answers; a body is sent as JSON, too. */
export async function callJson(path, { body, ...init } = {}) {
  const sent = body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await call(path, { ...init, ...sent });
  return response.status === 204 ? undefined : await response.json();
}

/** Everything that happens to a job, also what has happened already and over cut connections, until its end. */
export async function* jobEvents(id) {
  let after = 0;
  while (true) {
    try {
      const response = await call(`v1/jobs/${id}/events?after=${after}`);
      if (response.status === 204) return;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const stream = new EventStream();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        for (const event of stream.push(piece.value)) {
          after = event.id;
          yield event;
          if (event.type === "end") return;
        }
      }
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
