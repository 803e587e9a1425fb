import { textOf } from "./body.ts";
import { AccessError, BusyError, RefusedError } from "../errors.ts";
import type { Patience } from "./retry.ts";

/** Hops from one address to the next that are followed. */
const MOST_REDIRECTS = 5;

/** The bytes of a file from some position on. */
export interface Opened {
  /** Where they start, which is 0 if the server does not resume. */
  readonly offset: number;
  /** Bytes of the whole file, if the server told. */
  readonly total: number | undefined;
  readonly body: ReadableStream<Uint8Array>;
}

/** Fetches from one server that knows us; others, to which it sends us on, never see the token. */
export class HttpClient {
  readonly #home: string;
  readonly #token: string | undefined;

  /** @param home an address of the server that the token is for */
  constructor(home: string, token?: string) {
    this.#home = new URL(home).origin;
    this.#token = token;
  }

  /**
   * @param name what is asked for, in errors
   * @throws {AccessError} if the server will not give it, {BusyError} if it may later
   */
  async get(address: string, name: string, patience: Patience, headers: HeadersInit = {}): Promise<Response> {
    let url = new URL(address);
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const answer = await this.#ask(url, patience, headers);
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status >= 400 || location === null) {
        if (answer.ok || answer.status === 416) return answer;
        throw await failure(answer, name);
      }
      await answer.body?.cancel();
      const next = new URL(location, url);
      if (!/^https?:$/.test(next.protocol) || (url.protocol === "https:" && next.protocol !== "https:")) {
        throw new AccessError(
          `${name}: ${url.origin} sends on to ${next.origin || next.protocol}; it must stay on https`,
        );
      }
      url = next;
    }
    throw new AccessError(`${name}: ${url.origin} sends on more than ${MOST_REDIRECTS} times`);
  }

  /** A parsed JSON answer, and the address of its next page if it has one. */
  async json(address: string, name: string, patience: Patience): Promise<{ value: unknown; next: string | undefined }> {
    const answer = await this.get(address, name, patience);
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.headers.get("link") ?? "")?.[1];
    const text = await textOf(answer, patience.stall, patience.signal);
    try {
      return { value: JSON.parse(text), next: next && new URL(next, address).href };
    } catch (error) {
      throw new AccessError(`${name}: ${new URL(address).origin} does not answer in JSON: ${(error as Error).message}`);
    }
  }

  /** Opens a file from a position on. */
  async open(address: string, name: string, offset: number, patience: Patience): Promise<Opened> {
    const range = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
    const answer = await this.get(address, name, patience, range);
    const body = answer.body ?? new Blob().stream();
    if (answer.status === 206) {
      const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers.get("content-range") ?? "") ?? [];
      if (Number(from) === offset) return { offset, total: lengthOf(total), body };
    }
    if (answer.status === 200) return { offset: 0, total: lengthOf(answer.headers.get("content-length")), body };
    await body.cancel();
    throw new RefusedError(`${name} does not go on at byte ${offset}: the server answers ${answer.status}`);
  }

  async #ask(url: URL, { signal, stall }: Patience, headers: HeadersInit): Promise<Response> {
    const all = new Headers(headers);
    // Compressed bytes have other lengths and positions than the file.
    all.set("accept-encoding", "identity");
    if (this.#token !== undefined && url.origin === this.#home) all.set("authorization", `Bearer ${this.#token}`);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error(`${url.host} is silent for ${stall / 1000} s`)), stall);
    try {
      return await fetch(url, { headers: all, redirect: "manual", signal: AbortSignal.any([signal, silence.signal]) });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new Error(
        `${url.origin} cannot be reached: ${(error.cause as Error | undefined)?.message ?? error.message}`,
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

function lengthOf(text: string | null | undefined): number | undefined {
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** What an answer other than success means, in words that tell what to do. */
async function failure(answer: Response, name: string): Promise<Error> {
  const code = answer.headers.get("x-error-code");
  await answer.body?.cancel();
  const { status } = answer;
  if (status === 429 || status === 408 || status >= 500) {
    const after = Number(answer.headers.get("retry-after") ?? NaN) * 1000;
    const state = status === 429 ? "the server gets too many requests" : `the server answers ${status}`;
    return new BusyError(`${name}: ${state}; try again later`, Number.isFinite(after) ? after : undefined);
  }
  if (code === "GatedRepo") {
    return new AccessError(`${name} is gated; ask for access on its page, then set HF_TOKEN to a token of yours`);
  }
  if (code === "RevisionNotFound") return new AccessError(`${name}: there is no such revision`);
  if (code === "EntryNotFound") return new AccessError(`${name}: there is no such file`);
  if (status === 401 || code === "RepoNotFound") {
    return new AccessError(
      `${name} is not there, or private; check the name, or set HF_TOKEN to a token that may read it`,
    );
  }
  if (status === 403) return new AccessError(`${name} is forbidden to this token; it must have the right to read it`);
  if (status === 404) return new AccessError(`${name} is not there; check the name and the revision`);
  return new AccessError(`${name}: the server answers ${status}`);
}
