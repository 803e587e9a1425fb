import { Command } from "commander";
import type { Generator } from "../../pipeline/generator.ts";
import type { ModelPool } from "../../pipeline/model_pool/model_pool.ts";
import { ModelUnavailableError } from "../../pipeline/model_pool/pool_errors.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { ServiceState } from "../../routes/service.ts";
import { loadSettings } from "../config/load_settings.ts";
import { checkHost, hostNames, isLoopback } from "../config/host_rules.ts";
import { ServerKeys } from "../config/server_keys.ts";
import { settingOptions } from "../config/setting_flags.ts";
import type { Settings } from "../config/settings_schema.ts";
import { type HttpHandler, type HttpServer, listen } from "../http/http_server.ts";
import { Log } from "../log/log.ts";
import { openPool } from "../serving/open_pool.ts";
import type { World } from "../world.ts";

const EXAMPLES = `
Examples:
  latentd serve
  curl -d '{"prompt":"a red apple"}' -H 'content-type: application/json' http://127.0.0.1:8000/v1/generate -o apple.png
  latentd serve --port 9000 --device webgpu

Open http://127.0.0.1:8000 to try it; http://127.0.0.1:8000/openapi.json tells everything that can be asked.
The first interrupt lets running jobs finish, the second ends the server at once.`;

/** How many requests run at once if nobody says; on wasm no gain from that could be told from noise (docs/performance.md). */
const CONCURRENCY: Readonly<Record<DeviceName, number>> = { webgpu: 4, cpu: 4, wasm: 1 };
const HOUR = 3_600_000;
/** Milliseconds between looks for jobs that are kept no longer. */
const SWEEP_PAUSE = 60_000;

/** `latentd serve`: the HTTP server. */
export function serveCommand(world: World): Command {
  const command = new Command("serve").description("Serve pictures over HTTP").addHelpText("after", EXAMPLES);
  for (const option of settingOptions()) command.addOption(option);
  return command.action(async (flags: Readonly<Record<string, unknown>>) => {
    const loaded = await loadSettings(flags, world.env);
    const { settings } = loaded;
    await using log = new Log(world.stderr, { format: settings.logFormat, level: settings.logLevel });
    const warn = (text: string) => log.tell("warn", text);
    loaded.warnings.forEach(warn);
    using keys = await ServerKeys.open(loaded, warn);
    await serve(settings, keys, log, world);
  });
}

async function serve(settings: Settings, keys: ServerKeys, log: Log, world: World): Promise<void> {
  checkHost(settings, keys.current().length);
  // The other commands need not wait for the HTTP stack to load.
  const [{ createApp }, { createJobs }, { ProblemError }, { watchServer }] = await Promise.all([
    import("../../routes/app.ts"),
    import("../../routes/jobs/create_jobs.ts"),
    import("../../routes/answers/problem.ts"),
    import("../watch_server.ts"),
  ]);
  let state: ServiceState = "loading";
  const watch = await watchServer(settings, log, world.version);
  await using pool = await openPool(settings, world, watch.models, (text) => log.tell("info", text));
  const { name } = pool.models[0]!;
  using store = await world.openState(settings.state);
  const jobs = createJobs({
    work: watch.work(pool.generate),
    store,
    models: pool.models,
    version: world.version,
    limit: settings.queue,
    maxTime: 1000 * settings.jobTimeout,
    keepTime: HOUR * settings.keepHours,
    keepBytes: 1e6 * settings.keepMegabytes,
    ...watch.jobs,
  });
  const app = createApp({
    jobs,
    models: pool.models,
    pool,
    admin: isLoopback(settings.host),
    version: world.version,
    state: () => state === "ready" && pool.isLost ? "device_lost" : state,
    limits: { bytes: settings.bodyLimit, deadline: 1000 * settings.bodyDeadline },
    stall: 1000 * settings.writeStall,
    maxWork: settings.maxWork,
    keys: keys.current,
    origins: settings.allowedOrigin,
    ...hostNames(settings),
    ...watch.app,
  });

  await using server = await open(settings, app.fetch);
  const { hostname, port } = server.addr;
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  log.tell("info", `${world.version} listens on ${url}; loading ${name} …`);
  const asked = askedToEnd(world.signal);
  const sweeping = setInterval(() => jobs.sweep(), SWEEP_PAUSE);
  try {
    const generator = await Promise.race([loadFirst(pool, name), asked]);
    if (generator === undefined) return;
    const { device } = generator;
    state = "ready";
    jobs.start(settings.concurrency ?? CONCURRENCY[device.name]);
    log.tell("info", `ready: ${name} on ${device.name} (${device.description})`);
    await asked;
    log.tell("info", `finishing what was begun, at most ${settings.drain} s; interrupt again to end at once`);
  } finally {
    state = "draining";
    clearInterval(sweeping);
    const reason = new ProblemError("server_draining", "The server is shutting down and could not finish this in time");
    await jobs.drain(reason, 1000 * settings.drain);
  }
}

/** Whoever starts the server is told everything, paths too. */
async function loadFirst(pool: ModelPool, name: string): Promise<Generator | undefined> {
  return await pool.load(name).catch((error) => {
    throw error instanceof ModelUnavailableError ? error.cause : error;
  });
}

async function open({ host, port, bodyDeadline }: Settings, handler: HttpHandler): Promise<HttpServer> {
  try {
    // The routes refuse slow bodies themselves and say why; the server ends what they cannot see.
    return await listen({ host, port, requestTime: 1000 * (bodyDeadline + 5) }, handler);
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (code === "EADDRINUSE") throw new Error(`port ${port} of ${host} is taken; choose another by --port`);
    if (["EADDRNOTAVAIL", "EINVAL", "ENOTFOUND"].includes(code)) {
      throw new Error(`host is ${host}; it must be an address of this machine, such as 127.0.0.1`);
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error(
        `Deno may not listen on ${host}; run deno with the permissions of the task serve in deno.json, ` +
          `and with --allow-net=${host}`,
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
