"""What the input channels of a denoising network are: `concat` of `unet/config.json`."""

from latentd_training.families.source import Source

RGB = 3


def concat(source: Source, latents: int) -> list[dict] | None:
    """The channels in their order, or nothing where they are the latents alone.

    ValueError: the network has another number of input channels than its pipeline feeds.
    """
    channels = source.unet.config.in_channels
    if source.pipeline == "LDMSuperResolutionPipeline":
        entries = [low_resolution()]
    elif source.pipeline == "LatentDiffusionPipeline" and channels > latents:
        entries = [masked_image_latents(latents), mask()]
    else:
        entries = []
    entries = [{"name": "latents", "channels": latents}, *entries]
    wanted = sum(entry["channels"] for entry in entries)
    if channels != wanted:
        names = " + ".join(f"{entry['channels']} {entry['name']}" for entry in entries)
        raise ValueError(f"in_channels of the UNet is {channels}; {source.pipeline} feeds {names} = {wanted}")
    return entries if len(entries) > 1 else None


def low_resolution() -> dict:
    return {"name": "low_resolution", "channels": RGB, "how": "RGB in [-1, 1], as many pixels as the latents have"}


def masked_image_latents(latents: int) -> dict:
    """As scripts/inpaint.py of CompVis/latent-diffusion makes them, other than Stable Diffusion's."""
    return {
        "name": "masked_image_latents",
        "channels": latents,
        "hides": "pixels",
        "fill": -1,
        "scaled": False,
        "how": "encoder's output for the picture in [-1, 1] with -1 in the hole; not quantised, not scaled",
    }


def mask() -> dict:
    return {
        "name": "mask",
        "channels": 1,
        "values": [-1, 1],
        "interpolation": "nearest",
        "how": "-1 where the picture is kept, 1 where it is filled; from the picture's size by nearest neighbour",
    }
