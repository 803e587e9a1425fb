/**
 * `latentd encode`, `decode` and `reconstruct`: a model's autoencoder on its own.
 *
 * @module
 */
import { Command } from "commander";
import { fit } from "../../pipeline/images/fit.ts";
import { flatten } from "../../pipeline/images/flatten.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import type { FirstStage } from "../../pipeline/first_stage/first_stage.ts";
import { type readNpy, writeNpy } from "../../pipeline/npy.ts";
import { readPicture } from "../../pipeline/request/pictures.ts";
import { InvalidRequestError, shown } from "../../pipeline/request/request_error.ts";
import { modelIssue } from "../../pipeline/request/request_issues.ts";
import { MAX_SEED } from "../../pipeline/request/schema.ts";
import { type DeviceFlags, deviceOptions } from "../device_flags.ts";
import { checkOutput } from "../files/check_output.ts";
import { readNpyFile } from "../files/latents_file.ts";
import { PictureFiles, writeOutput } from "../files/picture_file.ts";
import { chooseModel, readPictureFiles } from "../request_flags.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

interface Flags extends DeviceFlags {
  readonly output?: string;
  readonly model?: string;
  readonly seed?: string;
}

/** `latentd encode`: a picture to its latents. */
export function encodeCommand(world: World): Command {
  return command("encode", "Encode a picture to latents", "<image>", "latents.npy")
    .option("-s, --seed <number>", "Draw a sample of the posterior by this seed; its mean if absent")
    .action(async (image: string, flags: Flags) => {
      const seed = seedOf(flags);
      const output = flags.output ?? "latents.npy";
      await checkOutput(output, "output");
      await using stage = await open(flags, world);
      const picture = await pictureFor(stage, image, world);
      const latents = await stage.encode(picture, seed);
      await write(output, stream(writeNpy(latents)), world);
      await world.stderr.write(`latents of ${picture.width}x${picture.height}: float32 [${latents.dims.join(", ")}]\n`);
    });
}

/** `latentd decode`: latents to their picture. */
export function decodeCommand(world: World): Command {
  return command("decode", "Decode latents to a picture", "<latents>", "decoded.png")
    .action(async (path: string, flags: Flags) => {
      const output = flags.output ?? "decoded.png";
      await PictureFiles.at(output, 1);
      await using stage = await open(flags, world);
      const picture = await stage.decode(await latentsFor(stage, path), noteTo(world));
      await write(output, encodePng(picture), world);
    });
}

/** `latentd reconstruct`: a picture through encoder and decoder. */
export function reconstructCommand(world: World): Command {
  return command("reconstruct", "Encode and decode a picture, and tell how near it comes", "<image>", "no file")
    .option("-s, --seed <number>", "Draw a sample of the posterior by this seed; its mean if absent")
    .action(async (image: string, flags: Flags) => {
      const seed = seedOf(flags);
      await PictureFiles.at(flags.output, 1);
      await using stage = await open(flags, world);
      const picture = await pictureFor(stage, image, world);
      const decoded = await stage.decode(await stage.encode(picture, seed), noteTo(world));
      if (flags.output !== undefined) await write(flags.output, encodePng(decoded), world);
      await world.stdout.write(`PSNR ${psnr(picture, decoded).toFixed(2)} dB\n`);
    });
}

function command(name: string, description: string, argument: string, output: string): Command {
  const made = new Command(name)
    .description(description)
    .argument(argument)
    .option("-o, --output <file>", `Where to write; ${output} if absent`)
    .option("-m, --model <name>", "Which model, by name (see `models`) or as a folder");
  for (const option of deviceOptions()) made.addOption(option);
  return made;
}

async function open(
  { model: wanted, device, threads, memory, tiles, check }: Flags,
  world: World,
): Promise<FirstStage> {
  const { models, model: name } = await chooseModel(wanted, world);
  const model = name === undefined ? models[0] : models.find((each) => each.name === name);
  if (model === undefined) throw new InvalidRequestError([modelIssue(name, models)]);
  const options = { model, device, memory, tiles, check, ...(threads && { threads }) };
  return await world.openFirstStage(options, noteTo(world));
}

/** A picture in the nearest size that the autoencoder takes. */
async function pictureFor({ factor }: FirstStage, path: string, world: World): Promise<Pixels> {
  const { image: file } = await readPictureFiles({ image: path });
  const image = await readPicture("image", file!);
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side / factor)) * factor);
  if (width !== image.width || height !== image.height) {
    await world.stderr.write(`image is ${image.width}x${image.height}; brought to ${width}x${height}\n`);
  }
  return flatten(fit(image, width!, height!).image);
}

async function latentsFor({ channels }: FirstStage, path: string): Promise<ReturnType<typeof readNpy>> {
  const latents = await readNpyFile(path);
  const dims = latents.dims.length === 3 ? [1, ...latents.dims] : latents.dims;
  if (dims.length === 4 && dims[0] === 1 && dims[1] === channels) return { dims, data: latents.data };
  throw new UsageError(
    `latents ${shown(path)} has shape (${latents.dims.join(", ")}); it must be (1, ${channels}, h, w)`,
  );
}

function noteTo(world: World): (notice: string) => void {
  return (notice) => void world.stderr.write(`note: ${notice}\n`);
}

function seedOf({ seed }: Flags): number | undefined {
  if (seed === undefined) return undefined;
  if (/^\d+$/.test(seed) && Number(seed) <= MAX_SEED) return Number(seed);
  throw new UsageError(`seed is ${shown(seed)}; it must be a whole number from 0 to ${MAX_SEED}`);
}

async function write(path: string, content: ReadableStream<Uint8Array>, world: World): Promise<void> {
  await writeOutput(path, content, world.signal);
  await world.stderr.write(`${path}\n`);
}

function stream(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  return new Blob([bytes]).stream();
}

/** Peak signal-to-noise ratio in dB. */
function psnr(a: Pixels, b: Pixels): number {
  const squares = a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0);
  return 10 * Math.log10(255 ** 2 * a.data.length / squares);
}
