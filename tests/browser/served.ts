import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The real server with the model that ships, on a free port, with a folder for jobs of its own. */
export class Served implements AsyncDisposable {
  readonly url: string;
  readonly #server: Deno.ChildProcess;
  readonly #folder: string;

  private constructor(url: string, server: Deno.ChildProcess, folder: string) {
    this.url = url;
    this.#server = server;
    this.#folder = folder;
  }

  /** Starts it and waits until it takes work. */
  static async start(): Promise<Served> {
    const folder = await Deno.makeTempDir();
    const serve = ["serve", "--port", "0", "--device", "wasm", "--concurrency", "1", "--state", folder];
    const server = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "main.ts", ...serve],
      cwd: ROOT,
      stdout: "null",
      stderr: "piped",
    }).spawn();
    let log = "";
    for await (const text of server.stderr.pipeThrough(new TextDecoderStream()).values({ preventCancel: true })) {
      log += text;
      const url = /listens on (http:\S+?);/.exec(log)?.[1];
      if (url && log.includes("ready:")) return new Served(url, server, folder);
    }
    throw new Error(`The server did not start:\n${log}`);
  }

  /** The JSON that a route answers. */
  // deno-lint-ignore no-explicit-any
  async json(path: string): Promise<any> {
    return await (await fetch(`${this.url}${path}`)).json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.kill("SIGKILL");
    await this.#server.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
