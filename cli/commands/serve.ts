import { Command, InvalidArgumentError, Option } from "commander";
import type { ModelInfo } from "../../models/model_info.ts";
import { JobQueue } from "../../pipeline/queue.ts";
import { InvalidRequestError, shown } from "../../pipeline/request/request_error.ts";
import { modelIssue } from "../../pipeline/request/request_issues.ts";
import type { Generator } from "../../pipeline/generator.ts";
import type { ServiceState } from "../../routes/service.ts";
import { type DeviceFlags, deviceOptions } from "../device_flags.ts";
import { chooseModel } from "../request_flags.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

interface Flags extends DeviceFlags {
  readonly host: string;
  readonly port: number;
  readonly queue: number;
  readonly drain: number;
  readonly allowedHost: readonly string[];
  readonly allowPublic?: true;
  readonly model?: string;
}

const EXAMPLES = `
Examples:
  latentd serve
  curl -d '{"prompt":"a red apple"}' -H 'content-type: application/json' http://127.0.0.1:8000/v1/generate -o apple.png
  latentd serve --port 9000 --device webgpu

Open http://127.0.0.1:8000 to try it; http://127.0.0.1:8000/openapi.json tells everything that can be asked.
The first interrupt lets waiting jobs finish, the second ends the server at once.`;

/** `latentd serve`: the HTTP server. */
export function serveCommand(world: World): Command {
  const command = new Command("serve")
    .description("Serve pictures over HTTP")
    .option("--host <address>", "Address to listen on", "127.0.0.1")
    .addOption(new Option("--port <number>", "0 for any that is free").default(8000).argParser(whole(0, 65535)))
    .option("-m, --model <name>", "Which model, by name (see `models`) or as a folder")
    .addOption(new Option("--queue <number>", "How many requests may wait").default(32).argParser(whole(0, 10_000)))
    .addOption(
      new Option("--drain <seconds>", "Time for jobs to finish at the end").default(30).argParser(whole(0, 3600)),
    )
    .addOption(
      new Option("--allowed-host <name>", "Further name by which the server may be called; may be repeated")
        .default([]).argParser((name: string, names: readonly string[]) => [...names, name.toLowerCase()]),
    )
    .option("--allow-public", "Listen on an address that other machines can reach, without any key")
    .addHelpText("after", EXAMPLES);
  for (const option of deviceOptions()) command.addOption(option);
  return command.action((flags: Flags) => serve(flags, world));
}

async function serve(flags: Flags, world: World): Promise<void> {
  checkHost(flags);
  const model = await onlyModel(flags.model, world);
  // The other commands need not wait for the HTTP stack to load.
  const [{ createApp }, { ProblemError }] = await Promise.all([
    import("../../routes/app.ts"),
    import("../../routes/problem.ts"),
  ]);
  const cut = new AbortController();
  let state: ServiceState = "loading";
  let generator: Generator | undefined = undefined;
  const queue = new JobQueue((request, options) => {
    const signal = AbortSignal.any([options.signal, cut.signal]);
    return generator!.generate(request, { ...options, signal });
  }, flags.queue);
  const app = createApp({
    generate: queue.generate,
    models: [model],
    version: world.version,
    state: () => state,
    ...(isGuarded(flags) && { hosts: ["localhost", "127.0.0.1", "[::1]", flags.host, ...flags.allowedHost] }),
    onFailure: (error, id) => void world.stderr.write(`request ${id} failed: ${(error as Error).stack ?? error}\n`),
  });

  await using server = listen(flags, app.fetch);
  const { hostname, port } = server.addr;
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  await world.stderr.write(`${world.version} listens on ${url}; loading ${model.name} …\n`);
  const asked = askedToEnd(world.signal);
  const opening = world.openGenerate({ folder: model.folder, device: flags.device, ...threadsOf(flags) });
  generator = await Promise.race([opening, asked]);
  if (generator === undefined) return;
  await using opened = generator;
  state = "ready";
  await world.stderr.write(`ready: ${model.name} on ${opened.device.name} (${opened.device.description})\n`);

  await asked;
  state = "draining";
  await world.stderr.write(`finishing what was begun, at most ${flags.drain} s; interrupt again to end at once\n`);
  const timer = setTimeout(() => {
    cut.abort(new ProblemError("server_draining", "The server is shutting down and could not finish this in time"));
  }, 1000 * flags.drain);
  await queue.idle();
  clearTimeout(timer);
}

async function onlyModel(wanted: string | undefined, world: World): Promise<ModelInfo> {
  const { models, model: name } = await chooseModel(wanted, world);
  const model = name === undefined ? models[0] : models.find((model) => model.name === name);
  if (model === undefined) throw new InvalidRequestError([modelIssue(name, models)]);
  return model;
}

function checkHost({ host, allowPublic }: Flags): void {
  if (isLoopback(host) || allowPublic) return;
  throw new UsageError(
    `host is ${shown(host)}, which other machines may reach, and there are no keys yet: ` +
      "everyone there could use this machine; add --allow-public if that is meant",
  );
}

/** By which names others reach a public address is not known here, unless they are told. */
function isGuarded({ host, allowedHost }: Flags): boolean {
  return isLoopback(host) || allowedHost.length > 0;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function listen({ host, port }: Flags, handler: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: host, port, onListen() {} }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Error(`port ${port} of ${host} is taken; choose another by --port`);
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error(
        `Deno may not listen on ${host}; run \`deno run -REN=${host} --allow-sys main.ts serve --host ${host}\``,
      );
    }
    throw error;
  }
}

function askedToEnd(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined));
  });
}

function threadsOf({ threads }: Flags): { readonly threads?: number } {
  return threads === undefined ? {} : { threads };
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
