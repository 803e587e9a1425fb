import { Command } from "commander";
import { shown } from "../../pipeline/request/request_error.ts";
import { digestOf, newKey } from "../../routes/auth/api_key.ts";
import { readKeysFile, type StoredKey, StoredKeySchema, writeKeysFile } from "../config/keys_file.ts";
import { loadSettings } from "../config/load_settings.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

const HELP = `
A server that has keys answers nobody without one, except probes of its health. It sees changes within two seconds.
The file is that of the setting keys-file; it holds hashes of the keys, never the keys.`;

interface Flags {
  readonly requestsPerMinute?: string;
  readonly budget?: string;
  readonly concurrency?: string;
  readonly priority?: string;
  readonly admin?: true;
  readonly json?: true;
}

/** `latentd keys`: who may use a server, and how much. */
export function keysCommand(world: World): Command {
  const command = new Command("keys").description("Add, list and remove the keys of a server's clients")
    .addHelpText("after", HELP);
  const place = (sub: Command) =>
    sub.option("--config <file>", "TOML file of settings (default: latentd.toml, if it is there)")
      .option("--keys-file <file>", "File of the keys (default: that of the settings)");
  place(command.command("add"))
    .description("Make a key and tell it, this once")
    .argument("<name>", "Whose key it is")
    .option("--requests-per-minute <number>", "Requests for pictures (default: no limit)")
    .option("--budget <number>", "Width x height x steps x count of all pictures of an hour (default: no limit)")
    .option("--concurrency <number>", "Requests for pictures at the same time (default: no limit)")
    .option("--priority <number>", "0 to 9; jobs with higher ones start first (default: that of everyone)")
    .option("--admin", "May say which models are loaded")
    .action((name: string, flags: Flags) => add(name, flags, world));
  place(command.command("list"))
    .description("Names, times and limits")
    .option("--json", "As JSON")
    .action((flags: Flags) => list(flags, world));
  place(command.command("rm"))
    .description("Remove a key; who has it is not let in any more")
    .argument("<name>", "Whose key it is")
    .action((name: string, flags: Flags) => remove(name, flags, world));
  return command;
}

async function add(name: string, flags: Flags, world: World): Promise<void> {
  const key = newKey();
  const parsed = StoredKeySchema.safeParse({
    name,
    sha256: digestOf(key).toHex(),
    created: new Date().toISOString(),
    ...limitsOf(flags),
    ...(flags.admin && { admin: true }),
  }, { reportInput: true });
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, input, message }) =>
      `${path.join().replaceAll("_", "-")} is ${shown(input)}; it ${message}`
    );
    throw new UsageError(lines.join("\n"));
  }
  const path = await pathOf(flags, world);
  const keys = await readIfThere(path);
  if (keys.some((other) => other.name === name)) {
    throw new UsageError(`name is ${shown(name)}, who has a key; remove it by \`keys rm ${name}\`, or choose another`);
  }
  await writeKeysFile(path, [...keys, parsed.data]);
  await world.stdout.write(`${key}\n`);
  await world.stderr.write(`This is the key of ${name}. It is not told again; ${path} has its hash.\n`);
}

async function list(flags: Flags, world: World): Promise<void> {
  const keys = await readIfThere(await pathOf(flags, world));
  const told = keys.map(({ sha256: _, ...rest }) => rest);
  if (flags.json) return await world.stdout.write(JSON.stringify(told, null, 2) + "\n");
  if (told.length === 0) await world.stderr.write("There are no keys; `keys add <name>` makes one\n");
  for (const { name, created, ...limits } of told) {
    const text = Object.entries(limits).map(([limit, value]) => `${limit.replaceAll("_", "-")} ${value}`).join(", ");
    await world.stdout.write(`${name}  ${created.slice(0, 10)}  ${text || "no limits"}\n`);
  }
}

async function remove(name: string, flags: Flags, world: World): Promise<void> {
  const path = await pathOf(flags, world);
  const keys = await readIfThere(path);
  const rest = keys.filter((key) => key.name !== name);
  if (rest.length === keys.length) {
    throw new UsageError(`name is ${shown(name)}; known are ${keys.map((key) => key.name).join(", ") || "none"}`);
  }
  await writeKeysFile(path, rest);
  await world.stderr.write(`removed the key of ${name}\n`);
}

function limitsOf(flags: Flags): Record<string, unknown> {
  const given = {
    requests_per_minute: flags.requestsPerMinute,
    budget: flags.budget,
    concurrency: flags.concurrency,
    priority: flags.priority,
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, text]) => text !== undefined)
      .map(([name, text]) => [name, /^\d+(e\d+)?$/i.test(text!) ? Number(text) : text]),
  );
}

async function pathOf(flags: Flags, world: World): Promise<string> {
  const { settings: { keysFile } } = await loadSettings({ ...flags }, world.env);
  if (keysFile !== undefined) return keysFile;
  throw new UsageError("There is no home folder to keep keys in; name a file by --keys-file");
}

async function readIfThere(path: string): Promise<readonly StoredKey[]> {
  try {
    return await readKeysFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
