import { expect } from "@std/expect";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { toldBy } from "../fakes/clients/read_events.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const JSON_TYPE = { "content-type": "application/json" };

/** `serve` as its task runs it, on the model that ships, in a folder of its own. */
describe("latentd serve, killed", () => {
  let folder: string;
  let server: Deno.ChildProcess;
  let url: string;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    await start();
  });
  afterEach(async () => {
    await kill("SIGKILL");
    await Deno.remove(folder, { recursive: true });
  });

  /** Starts it with the permissions of the task; resolves when it is ready. */
  async function start(): Promise<void> {
    server = serve("--port", "0").spawn();
    const ready = Promise.withResolvers<string>();
    let text = "";
    // Read to the end: a log that nobody takes any more is an error to the server.
    void server.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write(part) {
          text += part;
          if (text.includes('"ready:')) ready.resolve(text);
        },
      }),
    );
    void server.status.then(({ code }) => ready.reject(new Error(`The server ended with ${code}: ${text}`)));
    url = /listens on (\S+);/.exec(await ready.promise)![1]!;
  }

  function serve(...flags: readonly string[]): Deno.Command {
    const net = "--allow-net=127.0.0.1,[::1],localhost,0.0.0.0,[::]";
    const permissions = ["--no-prompt", "--allow-read", "--allow-write=.latentd", "--allow-env", "--allow-sys", net];
    const args = ["run", ...permissions, MAIN, "serve", "--device", "wasm", "--threads", "1", ...flags];
    return new Deno.Command(Deno.execPath(), { args, cwd: folder, stdout: "null", stderr: "piped" });
  }

  async function kill(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    try {
      server.kill(signal);
    } catch {
      // It has ended already.
    }
    return await server.status;
  }

  const submit = async (body: Record<string, unknown>): Promise<string> => {
    const init = {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ prompt: "a red apple", width: 64, height: 64, ...body }),
    };
    return (await (await fetch(`${url}/v1/jobs`, init)).json()).id;
  };
  const events = async (id: string) => toldBy(await (await fetch(`${url}/v1/jobs/${id}/events`)).text());
  const picture = async (id: string) => await (await fetch(`${url}/v1/jobs/${id}/image`)).bytes();

  it("keeps finished pictures, and begins again what it had accepted, with the same pictures", async () => {
    const done = await submit({ seed: 3, steps: 2 });
    await events(done);
    const before = await picture(done);
    const running = await submit({ seed: 3, steps: 30 });
    const waiting = await submit({ seed: 3, steps: 2 });
    for await (const part of (await fetch(`${url}/v1/jobs/${running}/events`)).body!.values()) {
      if (new TextDecoder().decode(part).includes("event: step")) break;
    }
    await kill("SIGKILL");
    await start();
    expect(await picture(done)).toEqual(before);
    const job = await (await fetch(`${url}/v1/jobs/${waiting}`)).json();
    expect(["queued", "running"]).toContain(job.state);
    await fetch(`${url}/v1/jobs/${running}`, { method: "DELETE" });
    expect((await events(waiting)).at(-1)!.data).toEqual({ type: "end", state: "succeeded", error: null });
    expect(await picture(waiting)).toEqual(before);
    expect(decode(before).text["seed"]).toBe("3");
  });

  it("lets no second server into its folder, and ends well when asked, whatever waits", async () => {
    const { code, stderr } = await serve("--port", "0").output();
    expect(code).toBe(1);
    expect(new TextDecoder().decode(stderr)).toContain("state folder .latentd is in use by another server");
    const ids = [await submit({ steps: 2 }), await submit({ steps: 2 })];
    expect((await kill("SIGTERM")).code).toBe(0);
    const names = [...Deno.readDirSync(join(folder, ".latentd", "pictures"))].map(({ name }) => name);
    expect(names.filter((name) => !/^[0-9a-f]{64}\.png$/.test(name))).toEqual([]);
    await start();
    for (const id of ids) expect((await events(id)).at(-1)!.data["state"]).toBe("succeeded");
  });
});
