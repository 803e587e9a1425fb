import { Command, Option } from "commander";
import type { GenerationEvent } from "../../pipeline/generation.ts";
import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import { pictureText } from "../../pipeline/picture_text.ts";
import { readRequest } from "../../pipeline/request/read_request.ts";
import { type Delivery, type GenerationRequest, previewInterval } from "../../pipeline/request/request.ts";
import type { ModelInfo } from "../../models/model_info.ts";
import { ContactSheet } from "../files/contact_sheet.ts";
import { type DeviceFlags, deviceOptions } from "../device_flags.ts";
import { checkOutput } from "../files/check_output.ts";
import { readLatents } from "../files/latents_file.ts";
import { PictureFiles, writeOutput } from "../files/picture_file.ts";
import { Reporter } from "../progress/reporter.ts";
import { chooseModel, HELP_GROUPS, readPictureFiles, requestOptions, toBody } from "../request_flags.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

interface Flags extends DeviceFlags {
  readonly output?: string;
  readonly contactSheet?: string;
  readonly model?: string;
  readonly latents?: string;
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  latentd generate "a red apple, fluent style" -o apple.png
  latentd generate "a blue car" --seed 7 --steps 30 --guidance 5 --negative "grey"
  latentd generate "a cat" -c 4 -o cat.png              writes cat-0.png to cat-3.png
  latentd generate "a hat" --image cat.png --mask head.png -o hat.png
  latentd generate --class mammals
  latentd generate --box 0,0,0.5,1:cat --box 0.5,0,1,1:dog
  latentd generate --task super-resolution --image small.png
  latentd generate "a hat" --image photo.jpg --mask head.png --region masked
  latentd generate "a cat" -c 9 --contact-sheet cats.png
  latentd generate "a cat" -o - | convert - cat.jpg
  latentd generate "a cat" --json --previews 3 -o cat.png

A file that -o names is replaced; without -o the picture becomes latentd-<seed>.png and replaces nothing.
Exit codes: 0 done, 1 failed, 2 wrong command line or request, 130 interrupted.`;

/** `latentd generate`: pictures from a prompt. */
export function generateCommand(world: World): Command {
  const command = new Command("generate")
    .description("Make pictures from a prompt")
    .usage("[options] <prompt>")
    .argument("[prompt]", "What the picture shows, in quotes")
    .addHelpText("after", EXAMPLES);
  const options = [
    ...ownOptions(),
    ...requestOptions(),
    ...deviceOptions().map((each) => each.helpGroup(HELP_GROUPS.model)),
  ];
  const order: readonly string[] = Object.values(HELP_GROUPS);
  const place = ({ helpGroupHeading }: Option) => order.indexOf(helpGroupHeading!);
  for (const option of options.toSorted((a, b) => place(a) - place(b))) command.addOption(option);
  return command
    .action((prompt: string | undefined, flags: Flags) => generate(prompt, flags, world));
}

/** The flags that are no part of the request. */
function ownOptions(): Option[] {
  const { output, sampling } = HELP_GROUPS;
  const noise = "Start noise from a .npy file in place of the seed's, float32 [count, C, h, w]";
  const sheet = "All pictures in one PNG; the single ones are written only if -o names them";
  return [
    new Option("-o, --output <file>", "Where to write the PNG; - for standard output").helpGroup(output),
    new Option("--contact-sheet <file>", sheet).helpGroup(output),
    new Option("--latents <file>", noise).helpGroup(sampling),
    new Option("--json", "Tell what happens as JSON lines on standard output").helpGroup(output),
    new Option("-q, --quiet", "Tell nothing but errors").conflicts("json").helpGroup(output),
  ];
}

async function generate(prompt: string | undefined, flags: Flags, world: World): Promise<void> {
  const { models, model: name } = await chooseModel(flags.model, world);
  const body = {
    ...toBody(prompt, { ...flags }),
    ...await readPictureFiles({ ...flags }),
    ...(name !== undefined && { model: name }),
  };
  const { request, model, delivery } = await readRequest(body, models);
  const latents = flags.latents === undefined ? undefined : await readLatents(flags.latents, request, model);
  const job = { request: { ...request, ...(latents && { latents }) }, model, delivery };
  if (flags.output === "-") checkPipe(job, flags, world);
  const files = await PictureFiles.at(flags.output === "-" ? undefined : flags.output, request.count);
  const sheet = await ContactSheet.at(flags.contactSheet);
  const isAlone = flags.contactSheet !== undefined && flags.output === undefined;
  if (flags.output === undefined && !isAlone) await checkOutput(await files.of(0, request.seed), "output");

  const reporter = new Reporter(world, request, flags);
  await reporter.loading(model);
  const { device, memory, tiles, check, threads } = flags;
  // Nobody else waits for an answer, and a worker starts the threads of WebAssembly a second later.
  const place = { device, thread: "this", memory, tiles, check, ...(threads && { threads }) } as const;
  const tell = (message: string) => void reporter.event({ type: "notice", message }, undefined);
  await using generator = await unlessAborted(world.openGenerate({ model, ...place }, tell), world.signal);
  await reporter.opened(generator.device);
  const previewEvery = previewInterval(request.steps, delivery.previews ?? 0);
  const options = { signal: world.signal, ...(previewEvery !== undefined && { previewEvery }) };
  try {
    for await (const event of generator.generate(job.request, options)) {
      const file = flags.output === "-"
        ? await pipe(event, job, world)
        : isAlone && event.type === "image"
        ? undefined
        : await save(event, job, files, world);
      sheet.add(event);
      await reporter.event(event, file);
    }
    await reporter.sheet(await sheet.write(textOf(job, request.seed, world), world.signal));
  } finally {
    await reporter.end();
  }
}

interface Job {
  readonly request: GenerationRequest;
  readonly model: ModelInfo;
  readonly delivery: Delivery;
}

function checkPipe({ request, delivery }: Job, flags: Flags, { stdout }: World): void {
  const unless = (holds: boolean, why: string) => {
    if (!holds) throw new UsageError(`output is -, but ${why}`);
  };
  unless(request.count === 1, `count is ${request.count}; standard output takes one picture, so name a file`);
  unless(!delivery.previews, `previews is ${delivery.previews}; standard output takes one picture, so name a file`);
  unless(!flags.json, "--json wants standard output too; name a file");
  unless(!stdout.isTerminal(), "standard output is a terminal; name a file or pipe it into a program");
}

async function save(event: GenerationEvent, job: Job, files: PictureFiles, world: World): Promise<string | undefined> {
  if (event.type === "image") {
    const path = await files.of(event.index, event.seed);
    await writeOutput(path, toPng(event, job, world), world.signal);
    return path;
  }
  if (event.type === "step" && event.preview) {
    const [index = 0] = event.images;
    const path = files.preview(index, job.request.seed + index, event.step);
    await writeOutput(path, encodePng(event.preview), world.signal);
    return path;
  }
}

async function pipe(event: GenerationEvent, job: Job, world: World): Promise<undefined> {
  if (event.type !== "image") return;
  for await (const bytes of toPng(event, job, world)) await world.stdout.write(bytes);
}

function toPng(
  { image, seed }: Extract<GenerationEvent, { type: "image" }>,
  job: Job,
  world: World,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return encodePng(image, textOf(job, seed, world));
}

function textOf({ request, model, delivery }: Job, seed: number, { version }: World): Readonly<Record<string, string>> {
  return delivery.metadata === "full" ? pictureText(request, model, seed, version) : {};
}

/** Loading cannot be stopped, but nobody needs to wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
