import { createHash } from "node:crypto";

/** What a server does with a request for the bytes of a file, in place of answering well. */
export type Fault = (bytes: Uint8Array<ArrayBuffer>, request: Request, earlier: number) => Response | Promise<Response>;

/** A request that came. */
export interface Seen {
  readonly host: "hub" | "cdn";
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

/** Files from this size on are stored apart (LFS), as the hub does by size or by `.gitattributes`. */
const LFS_FROM = 200;
/** Entries of one page of a listing. */
const PAGE = 4;

/**
 * A server that speaks the API of the Hugging Face hub: `/api/models/{id}/revision/{rev}`, `/api/models/{id}/tree/{commit}`
 * in pages, and `/{id}/resolve/{commit}/{path}`, which sends on to another host for big files.
 */
export class FakeHub implements AsyncDisposable {
  readonly id = "someone/some-model";
  readonly commit = "0123456789abcdef0123456789abcdef01234567";
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly seen: Seen[] = [];
  /** By path. */
  readonly faults = new Map<string, Fault>();
  /** Changes a listing's entry. */
  lie: (entry: Record<string, unknown>) => unknown = (entry) => entry;
  /** Answers every request for which it gives something. */
  gate: (request: Request) => Response | undefined = () => undefined;
  readonly #hub = serve((request) => this.gate(request) ?? this.#answer(request));
  readonly #cdn = serve((request) => this.#file(request, "cdn"));

  get endpoint(): string {
    return `http://127.0.0.1:${this.#hub.addr.port}`;
  }

  /** Paths of files whose bytes were asked for. */
  get fetched(): readonly string[] {
    return [...new Set(this.seen.filter(({ path }) => this.files.has(path)).map(({ path }) => path))].sort();
  }

  add(path: string, content: string | Uint8Array<ArrayBuffer>): this {
    this.files.set(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#hub.shutdown(), this.#cdn.shutdown()]);
  }

  #answer(request: Request): Response | Promise<Response> {
    const url = new URL(request.url);
    const [, rest] = url.pathname.split(`/api/models/${this.id}/`);
    if (url.pathname.startsWith(`/${this.id}/resolve/${this.commit}/`)) return this.#file(request, "hub");
    if (rest === undefined) return new Response("{}", { status: 404, headers: { "x-error-code": "RepoNotFound" } });
    this.#see("hub", url.pathname, request);
    if (/^revision\/(main|v1|0123456789abcdef0123456789abcdef01234567|refs%2Fpr%2F1)$/.test(rest)) {
      return Response.json({ sha: this.commit });
    }
    if (rest === `tree/${this.commit}`) return this.#tree(url);
    return new Response("{}", { status: 404, headers: { "x-error-code": "RevisionNotFound" } });
  }

  #tree(url: URL): Response {
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const folders = new Set(
      [...this.files.keys()].filter((path) => path.includes("/")).map((path) => path.split("/")[0]),
    );
    const entries = [
      ...[...folders].map((path) => ({ type: "directory", oid: "0".repeat(40), size: 0, path })),
      ...[...this.files].map(([path, bytes]) => this.lie(entryOf(path, bytes))),
    ];
    const next = new URL(url);
    next.searchParams.set("cursor", String(from + PAGE));
    const more = from + PAGE < entries.length ? { link: `<${next.href}>; rel="next"` } : undefined;
    return Response.json(entries.slice(from, from + PAGE), { headers: { ...more } });
  }

  async #file(request: Request, host: Seen["host"]): Promise<Response> {
    const path = decodeURIComponent(new URL(request.url).pathname.split(`/resolve/${this.commit}/`)[1]!);
    const earlier = this.seen.filter((seen) => seen.host === "cdn" && seen.path === path).length;
    this.#see(host, path, request);
    const bytes = this.files.get(path);
    if (bytes === undefined) return new Response("", { status: 404, headers: { "x-error-code": "EntryNotFound" } });
    if (host === "hub" && bytes.length >= LFS_FROM) {
      const location = `http://127.0.0.1:${this.#cdn.addr.port}${new URL(request.url).pathname}?signed=1`;
      return new Response("", { status: 302, headers: { location } });
    }
    return await (this.faults.get(path) ?? wellServed)(bytes, request, earlier);
  }

  #see(host: Seen["host"], path: string, { headers }: Request): void {
    this.seen.push({ host, path, range: headers.get("range"), authorization: headers.get("authorization") });
  }
}

/** The whole file, or the rest of it that was asked for. */
export function wellServed(bytes: Uint8Array<ArrayBuffer>, request: Request): Response {
  const from = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1];
  if (from === undefined) return new Response(bytes);
  const headers = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  return new Response(bytes.slice(Number(from)), { status: 206, headers });
}

/** A stream of pieces; an error among them cuts the connection. */
export function streamOf(
  pieces: Iterable<Uint8Array<ArrayBuffer> | Error | Promise<void>>,
): ReadableStream<Uint8Array> {
  const rest = pieces[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = rest.next();
      if (done) return controller.close();
      if (value instanceof Error) return controller.error(value);
      if (value instanceof Uint8Array) controller.enqueue(value);
      else {
        await value;
        controller.enqueue(new Uint8Array());
      }
    },
  }, { highWaterMark: 0 });
}

/** How the hub lists a file. */
function entryOf(path: string, bytes: Uint8Array): Record<string, unknown> {
  const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const entry = { type: "file", oid, size: bytes.length, path };
  if (bytes.length < LFS_FROM) return entry;
  const lfs = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length, pointerSize: 130 };
  return { ...entry, oid: "f".repeat(40), lfs, xetHash: "e".repeat(64) };
}

function serve(answer: (request: Request) => Response | Promise<Response>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: () => {},
    onError: () => new Response("", { status: 500 }),
  }, answer);
}
