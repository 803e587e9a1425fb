import { Command } from "commander";
import type { ModelInfo } from "../../models/model_info.ts";
import { JobQueue } from "../../pipeline/queue.ts";
import { InvalidRequestError } from "../../pipeline/request/request_error.ts";
import { modelIssue } from "../../pipeline/request/request_issues.ts";
import type { Generator } from "../../pipeline/generator.ts";
import type { ServiceState } from "../../routes/service.ts";
import { loadSettings } from "../config/load_settings.ts";
import { checkHost, hostNames } from "../config/host_rules.ts";
import { ServerKeys } from "../config/server_keys.ts";
import { settingOptions } from "../config/setting_flags.ts";
import type { Settings } from "../config/settings_schema.ts";
import { chooseModel } from "../request_flags.ts";
import type { World } from "../world.ts";

const EXAMPLES = `
Examples:
  latentd serve
  curl -d '{"prompt":"a red apple"}' -H 'content-type: application/json' http://127.0.0.1:8000/v1/generate -o apple.png
  latentd serve --port 9000 --device webgpu

Open http://127.0.0.1:8000 to try it; http://127.0.0.1:8000/openapi.json tells everything that can be asked.
The first interrupt lets waiting jobs finish, the second ends the server at once.`;

/** `latentd serve`: the HTTP server. */
export function serveCommand(world: World): Command {
  const command = new Command("serve").description("Serve pictures over HTTP").addHelpText("after", EXAMPLES);
  for (const option of settingOptions()) command.addOption(option);
  return command.action(async (flags: Readonly<Record<string, unknown>>) => {
    const loaded = await loadSettings(flags, world.env);
    const warn = (text: string) => void world.stderr.write(`warning: ${text}\n`);
    loaded.warnings.forEach(warn);
    using keys = await ServerKeys.open(loaded, warn);
    await serve(loaded.settings, keys, world);
  });
}

async function serve(settings: Settings, keys: ServerKeys, world: World): Promise<void> {
  checkHost(settings, keys.current().length);
  const model = await onlyModel(settings.model, world);
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
  }, settings.queue);
  const app = createApp({
    generate: queue.generate,
    models: [model],
    version: world.version,
    state: () => state,
    limits: { bytes: settings.bodyLimit, deadline: 1000 * settings.bodyDeadline },
    stall: 1000 * settings.writeStall,
    keys: keys.current,
    origins: settings.allowedOrigin,
    ...hostNames(settings),
    onFailure: (error, id) => void world.stderr.write(`request ${id} failed: ${(error as Error).stack ?? error}\n`),
  });

  await using server = listen(settings, app.fetch);
  const { hostname, port } = server.addr;
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  await world.stderr.write(`${world.version} listens on ${url}; loading ${model.name} …\n`);
  const asked = askedToEnd(world.signal);
  const opening = world.openGenerate({ folder: model.folder, device: settings.device, ...threadsOf(settings) });
  generator = await Promise.race([opening, asked]);
  if (generator === undefined) return;
  await using opened = generator;
  state = "ready";
  await world.stderr.write(`ready: ${model.name} on ${opened.device.name} (${opened.device.description})\n`);

  await asked;
  state = "draining";
  await world.stderr.write(`finishing what was begun, at most ${settings.drain} s; interrupt again to end at once\n`);
  const timer = setTimeout(() => {
    cut.abort(new ProblemError("server_draining", "The server is shutting down and could not finish this in time"));
  }, 1000 * settings.drain);
  await queue.idle();
  clearTimeout(timer);
}

async function onlyModel(wanted: string | undefined, world: World): Promise<ModelInfo> {
  const { models, model: name } = await chooseModel(wanted, world);
  const model = name === undefined ? models[0] : models.find((model) => model.name === name);
  if (model === undefined) throw new InvalidRequestError([modelIssue(name, models)]);
  return model;
}

function listen({ host, port }: Settings, handler: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
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

function threadsOf({ threads }: Settings): { readonly threads?: number } {
  return threads === undefined ? {} : { threads };
}
