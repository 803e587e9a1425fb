import { Command, Option } from "commander";
import { join, resolve } from "node:path";
import { type CatalogEntry, findEntry, readCatalog } from "../../models/catalog.ts";
import { reportMemory } from "../../models/memory/memory_report.ts";
import { removeModel } from "../../models/store/store.ts";
import { verifyModel } from "../../models/store/verify.ts";
import { DEVICE_NAMES, type DeviceName } from "../../runtime/device.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

const HELP = `
Names are those of the list; owner/name[@revision] finds what was pulled from the hub, too. A folder in the layout of
diffusers can be used by its path, without being listed.`;

type NamedFolder = Pick<CatalogEntry, "name" | "folder">;

interface Json {
  readonly json?: true;
}

/** `latentd models`: what there is to choose from, and whether it is whole. */
export function modelsCommand(world: World): Command {
  const command = new Command("models")
    .description("List, show, verify and remove models")
    .option("--json", "As JSON")
    .addHelpText("after", HELP)
    .allowExcessArguments()
    .action(async (_: Json, self: Command) => {
      const [unknown] = self.args;
      const names = command.commands.map((each) => each.name()).join(", ");
      if (unknown !== undefined) {
        throw new UsageError(`command is ${JSON.stringify(unknown)}; it must be one of ${names}`);
      }
      await list(self.optsWithGlobals<Json>(), world);
    });
  command.command("list")
    .description("The models, with the sizes they make and their defaults, and what cannot be used and why")
    .option("--json", "As JSON, those that can be used")
    .action((_: Json, self: Command) => list(self.optsWithGlobals<Json>(), world));
  command.command("show")
    .description("All that is known of a model, as JSON; what it takes on each device is an estimate in bytes")
    .argument("<name>")
    .action(async (name: string) => {
      const { model, ...entry } = await find(name, world);
      const told = model instanceof Error
        ? { ...entry, obstacle: model.message }
        : { ...entry, ...model, memory: await reportMemory(model) };
      await world.stdout.write(JSON.stringify(told, null, 2) + "\n");
    });
  command.command("verify")
    .description("Read every file and compare it with its SHA-256; exit code 1 if something is wrong")
    .argument("[name...]", "Names or folders; all that are listed if absent")
    .addOption(
      new Option("--device <name>", "Run every network instead, on this device and on another, and compare the results")
        .choices(DEVICE_NAMES),
    )
    .action((names: readonly string[], { device }: { readonly device?: DeviceName }) =>
      device === undefined ? verify(names, world) : verifyOn(device, names, world)
    );
  command.command("rm")
    .description("Remove a model that was pulled; from the hub's cache all of its revisions, for other tools too")
    .argument("<name>")
    .action(async (name: string) => {
      await world.stderr.write(`removed ${await removeModel(await find(name, world), world.store)}\n`);
    });
  return command;
}

async function list({ json }: Json, world: World): Promise<void> {
  const models = await world.findModels();
  if (json) return await world.stdout.write(JSON.stringify(models, null, 2) + "\n");
  for (const { name, hash, size, sizeMultiple, defaults, origin } of models) {
    const { width, height, steps, guidance } = defaults;
    await world.stdout.write(
      `${name}  ${hash}  sizes ${size.min} to ${size.max} by ${sizeMultiple}  ` +
        `defaults ${width}x${height}, ${steps} steps, guidance ${guidance}${origin ? `  ${origin}` : ""}\n`,
    );
  }
  for (const { name, origin, model } of await readCatalog(world.store)) {
    if (model instanceof Error) await world.stderr.write(`${name}  ${origin}  cannot be used: ${model.message}\n`);
  }
}

async function verifyOn(name: DeviceName, names: readonly string[], world: World): Promise<void> {
  const entries = await entriesOf(names, world);
  const [{ referenceFor }, { verifyDevice }, { openDevice }] = await Promise.all([
    import("../../models/check/check_device.ts"),
    import("./verify_device.ts"),
    import("../../runtime/open.ts"),
  ]);
  const other = await referenceFor(name);
  if (other === undefined) {
    throw new UsageError(
      `device is ${name}, which others are compared with; run it by \`deno task native\` to have cpu`,
    );
  }
  await using device = await openDevice(name);
  await using reference = await openDevice(other);
  await verifyDevice(device, reference, entries, world);
}

async function entriesOf(names: readonly string[], world: World): Promise<readonly NamedFolder[]> {
  return names.length > 0
    ? await Promise.all(names.map(async (name) => await folderAt(name) ?? await find(name, world)))
    : await readCatalog(world.store);
}

async function verify(names: readonly string[], world: World): Promise<void> {
  const entries = await entriesOf(names, world);
  let wrong = 0;
  for (const { name, folder } of entries) {
    const { files, unknown, problems } = await verifyModel(folder, world.signal);
    for (const problem of problems) await world.stderr.write(`${name}: ${problem}\n`);
    const rest = unknown > 0 ? `; ${unknown} have no known sum` : "";
    await world.stdout.write(`${name}  ${problems.length === 0 ? "good" : "WRONG"}  ${files} files summed${rest}\n`);
    wrong += Number(problems.length > 0);
  }
  if (wrong > 0) throw new Error(`${wrong} of ${entries.length} models are not what they must be; pull them again`);
}

async function folderAt(path: string): Promise<NamedFolder | undefined> {
  const isModel = await Deno.stat(join(path, "model_index.json")).then(({ isFile }) => isFile, () => false);
  return isModel ? { name: path, folder: resolve(path) } : undefined;
}

async function find(name: string, world: World): Promise<CatalogEntry> {
  const entries = await readCatalog(world.store);
  const entry = findEntry(entries, name);
  if (entry) return entry;
  throw new UsageError(`name is ${JSON.stringify(name)}; known are ${entries.map(({ name }) => name).join(", ")}`);
}
