/**
 * The configs of a model's networks; where an old export has none, what its graphs tell.
 *
 * @module
 */
import { join } from "node:path";
import { Config } from "../folder.ts";
import { findGraph } from "../graphs/find_graph.ts";
import { type GraphPorts, readPorts } from "../graphs/graph_ports.ts";
import { fixedDim } from "../graphs/run_rows.ts";
import { ifThere } from "../files/if_there.ts";

/**
 * What a graph takes and gives; undefined if there is no such graph.
 *
 * @throws {SyntaxError} that names it if it is cut off, {RefusedError} if it is a link out of the folder
 */
export async function portsOf(folder: string, part: string): Promise<GraphPorts | undefined> {
  const graph = await findGraph(folder, part);
  if (!graph) return undefined;
  try {
    return readPorts(graph.path);
  } catch (error) {
    throw error instanceof SyntaxError ? new SyntaxError(`${graph.path} is no whole graph: ${error.message}`) : error;
  }
}

/** The config of the UNet. */
export async function readUnet(folder: string): Promise<Config> {
  return await ifThere(Config.read(folder, "unet", "config.json")) ?? ofGraph(folder, "unet", (from, to) => ({
    in_channels: from[1],
    out_channels: to[1],
    sample_size: from.slice(2),
  }));
}

/** The config of the autoencoder: its decoder has one, or the folder has that of the whole beside. */
export async function readAutoencoder(folder: string): Promise<Config> {
  for (const part of ["vae_decoder", "vae"]) {
    const config = await ifThere(Config.read(folder, part, "config.json"));
    if (config) return config;
  }
  return await ofGraph(folder, "vae_decoder", (from, to) => ({
    latent_channels: from[1],
    downsample_factor: to[2] && from[2] && to[2] / from[2],
  }));
}

type Lengths = readonly (number | undefined)[];

/** Fields that the lengths of a graph's first input and output tell; those of free dimensions are absent. */
async function ofGraph(
  folder: string,
  part: string,
  fields: (from: Lengths, to: Lengths) => Readonly<Record<string, unknown>>,
): Promise<Config> {
  const ports = await portsOf(folder, part);
  const lengths = (port: GraphPorts["inputs"][number] | undefined) => (port?.dims ?? []).map(fixedDim);
  const from = ports?.inputs.find(({ dims }) => dims.length === 4);
  const path = `${join(folder, part, "config.json")}, which is missing: copy it from the model that was exported,`;
  return Config.of(path, fields(lengths(from), lengths(ports?.outputs[0])));
}

/** f = H / h: told by the config, or one halving between each pair of resolutions as diffusers has it. */
export function downsamplingFactor(config: Config): number {
  return config.has("downsample_factor")
    ? config.number("downsample_factor")
    : 2 ** (config.numbers("block_out_channels").length - 1);
}

/** Latent channels C; a VQ model's codes may have fewer than its encoder. */
export function latentChannels(config: Config): number {
  return config.number(config.has("vq_embed_dim") ? "vq_embed_dim" : "latent_channels");
}
