import { Command } from "commander";
import type { DeviceSurvey } from "../../runtime/survey.ts";
import type { World } from "../world.ts";

/** `latentd doctor`: what this machine has, and what would be chosen. */
export function doctorCommand(world: World): Command {
  return new Command("doctor")
    .description("Tell devices, limits, memory and models, and what --device auto would choose")
    .option("--json", "As JSON")
    .action(async ({ json }: { readonly json?: true }) => {
      const report = await examine(world);
      await world.stdout.write(json ? JSON.stringify(report, null, 2) + "\n" : toText(report));
    });
}

type Report = Awaited<ReturnType<typeof examine>>;

async function examine(world: World) {
  const [{ surveyDevices }, { chooseDevice }] = await Promise.all([
    import("../../runtime/survey.ts"),
    import("../../runtime/open.ts"),
  ]);
  const { total, available } = Deno.systemMemoryInfo();
  return {
    version: world.version,
    deno: Deno.version.deno,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    cores: navigator.hardwareConcurrency,
    memory: { total, available },
    devices: await surveyDevices(),
    auto: await chooseDevice(),
    models: await world.findModels(),
  };
}

function toText({ version, deno, system, cores, memory, devices, auto, models }: Report): string {
  return [
    `${version}, Deno ${deno}, ${system}, ${cores} cores`,
    `memory  ${bytes(memory.available)} of ${bytes(memory.total)} free`,
    ...devices.flatMap((device) => deviceLines(device, auto)),
    ...models.map(({ name, hash, folder }) => `model   ${name} ${hash} in ${folder}`),
  ].map((line) => `${line}\n`).join("");
}

function deviceLines({ name, obstacle, description, facts }: DeviceSurvey, auto: string): string[] {
  const state = obstacle === undefined ? name === auto ? "  <- auto takes this" : "" : `  not now: ${obstacle}`;
  return [
    `device  ${name}: ${description}${state}`,
    ...Object.entries(facts).map(([fact, value]) =>
      `          ${fact}: ${isBytes(fact, value) ? bytes(value) : value}`
    ),
  ];
}

function isBytes(fact: string, value: unknown): value is number {
  return typeof value === "number" && /Size|Memory/.test(fact);
}

function bytes(count: number): string {
  return count < 2 ** 30 ? `${(count / 2 ** 20).toFixed(0)} MiB` : `${(count / 2 ** 30).toFixed(1)} GiB`;
}
