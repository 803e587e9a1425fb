import type { Config } from "./folder.ts";

/** What can be concatenated to the latents, by the names of diffusers' pipelines. */
const CONCAT_NAMES = ["mask", "masked_image_latents", "low_resolution"] as const;

/** A condition that is concatenated to the latents in the denoiser's input (the paper's section 3.3). */
export interface ConcatPart {
  readonly name: (typeof CONCAT_NAMES)[number];
  readonly channels: number;
  /** What the mask's numbers are where the picture stays and where it is filled; [0, 1] if absent. */
  readonly values?: readonly [kept: number, filled: number];
  /** How the mask is brought to the latents' size: the highest of each block if absent, so that no thin line is lost. */
  readonly interpolation?: "nearest";
  /** Whether the mask hides latents of the whole picture, or pixels before the picture is encoded, which is usual. */
  readonly hides?: "latents" | "pixels";
  /** What hidden pixels become, in [-1, 1]; 0 if absent. */
  readonly fill?: number;
  /** Whether the masked latents are normalised as the latents are, which is usual. */
  readonly scaled?: boolean;
}

/**
 * Reads what a UNet's input holds beside latents: from `concat` in its config, or from the number of its channels, as those
 * of Stable Diffusion's inpainting (latents, mask, masked latents) and of super-resolution (latents, RGB) tell.
 *
 * @throws {TypeError} if the channels do not add up to the UNet's
 */
export function readConcat(unet: Config): readonly ConcatPart[] {
  const given = unet.number("in_channels");
  const latents = unet.has("out_channels") ? unet.number("out_channels") : given;
  const parts = unet.has("concat") ? toldParts(unet) : usualParts(given - latents, latents);
  const sum = latents + (parts ?? []).reduce((total, { channels }) => total + channels, 0);
  if (parts === undefined || sum !== given) {
    throw new TypeError(
      `The UNet takes ${given} channels and gives ${latents}; its config must tell by concat what the others are`,
    );
  }
  return parts;
}

function usualParts(others: number, latents: number): readonly ConcatPart[] | undefined {
  switch (others) {
    case 0:
      return [];
    case 1 + latents:
      return [{ name: "mask", channels: 1 }, { name: "masked_image_latents", channels: latents }];
    case 3:
      return [{ name: "low_resolution", channels: 3 }];
  }
}

function toldParts(unet: Config): readonly ConcatPart[] {
  const [first, ...others] = unet.objects("concat");
  if (first?.string("name") !== "latents") throw new TypeError("The first of a UNet's concat must be its latents");
  return others.map((part) => {
    const name = part.string("name") as ConcatPart["name"];
    if (!CONCAT_NAMES.includes(name)) {
      throw new TypeError(`A UNet's concat names ${JSON.stringify(name)}; known are ${CONCAT_NAMES.join(", ")}`);
    }
    return {
      name,
      channels: part.number("channels"),
      ...(part.has("values") && { values: part.numbers("values") as unknown as [number, number] }),
      ...(part.has("interpolation") && part.string("interpolation") === "nearest" && { interpolation: "nearest" }),
      ...(part.has("fill") && { fill: part.number("fill") }),
      ...(part.has("scaled") && { scaled: part.fields["scaled"] !== false }),
      ...(part.has("hides") && { hides: part.string("hides") === "latents" ? "latents" : "pixels" }),
    };
  });
}
