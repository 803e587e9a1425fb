import { Command } from "commander";
import { shownBytes } from "../../models/memory/memory_plan.ts";
import { type MemoryReport, reportMemory } from "../../models/memory/memory_report.ts";
import type { ModelInfo } from "../../models/model_info.ts";
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
    models: await Promise.all(
      (await world.findModels()).map(async (model) => ({ ...model, memory: await memoryOf(model) })),
    ),
  };
}

function toText({ version, deno, system, cores, memory, devices, auto, models }: Report): string {
  return [
    `${version}, Deno ${deno}, ${system}, ${cores} cores`,
    `memory  ${shownBytes(memory.available)} of ${shownBytes(memory.total)} free`,
    ...devices.flatMap((device) => deviceLines(device, auto)),
    ...models.flatMap(modelLines),
  ].map((line) => `${line}\n`).join("");
}

/** A folder may have changed since it was found. */
async function memoryOf(model: ModelInfo): Promise<MemoryReport | { readonly obstacle: string }> {
  try {
    return await reportMemory(model);
  } catch (error) {
    return { obstacle: (error as Error).message };
  }
}

function modelLines({ name, hash, folder, memory }: Report["models"][number]): string[] {
  const title = `model   ${name} ${hash} in ${folder}`;
  if ("obstacle" in memory) return [title, `          ${memory.obstacle}`];
  return [
    title,
    ...Object.entries(memory.devices).map(([device, { loaded, running, plan, obstacle }]) =>
      `          ${device}: about ${shownBytes(loaded)} loaded, ${shownBytes(running.unet)} to denoise, ` +
      `${shownBytes(running.vae_decoder)} to decode: ${obstacle ?? `held ${plan}`}`
    ),
  ];
}

function deviceLines({ name, obstacle, description, facts }: DeviceSurvey, auto: string): string[] {
  const state = obstacle === undefined ? name === auto ? "  <- auto takes this" : "" : `  not now: ${obstacle}`;
  return [
    `device  ${name}: ${description}${state}`,
    ...Object.entries(facts).map(([fact, value]) =>
      `          ${fact}: ${isBytes(fact, value) ? shownBytes(value) : value}`
    ),
  ];
}

function isBytes(fact: string, value: unknown): value is number {
  return typeof value === "number" && /Size|Memory/.test(fact);
}
