"""Reference pictures of the tiny models: by diffusers' pipelines where there are such, else by a loop over its modules.

The three pipelines hand no generator to the scheduler, so with eta > 0 the noise of its steps comes from PyTorch's
global one. They get none here but `torch.manual_seed(seed)` before: one stream, start latents first, then each step.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, DiffusionPipeline, LDMSuperResolutionPipeline
from diffusers.image_processor import VaeImageProcessor
from PIL import Image

SMALLEST_MARGIN = 1e-3  # of the squared distance to the nearest code: rounding must not choose another one


@dataclass(frozen=True)
class Parts:
    """A model's modules."""

    unet: torch.nn.Module
    vae: torch.nn.Module
    scheduler: DDIMScheduler


def seeded(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def run(pipeline: DiffusionPipeline, request: dict, **arguments: object) -> list[Image.Image]:
    """A pipeline's pictures; several have a generator each."""
    vae, eta, count = pipeline.vqvae, request.get("eta", 0), request.get("count", 1)
    if eta > 0 and count > 1:
        raise ValueError(f"eta is {eta} and count {count}; the pipelines would mix the noise of several pictures")
    torch.manual_seed(request["seed"])
    generators = None if eta > 0 else [seeded(request["seed"] + index) for index in range(count)]
    with checked_latents(vae):
        return pipeline(
            **arguments, num_inference_steps=request["steps"], eta=eta, generator=generators, output_type="pil",
        ).images


class checked_latents:
    """Sees to it that no latent that is decoded lies between two codes."""

    def __init__(self, vae: torch.nn.Module):
        self.vae, self.decode = vae, vae.decode

    def __enter__(self) -> None:
        def decode(latents: torch.Tensor) -> object:
            if hasattr(self.vae, "quantize"):
                check_margin(latents, self.vae.quantize.embedding.weight)
            return self.decode(latents)

        self.vae.decode = decode

    def __exit__(self, *_: object) -> None:
        del self.vae.decode


def check_margin(latents: torch.Tensor, codes: torch.Tensor) -> None:
    distances = torch.cdist(latents.permute(0, 2, 3, 1).flatten(0, 2), codes).square()
    nearest, second = distances.topk(2, largest=False).values.unbind(1)
    margin = (second - nearest).min().item()
    if margin < SMALLEST_MARGIN:
        raise ValueError(f"A latent is nearer to one code than to the next by {margin:.2g} only; choose another seed")


@torch.no_grad()
def loop(parts: Parts, request: dict, shape: tuple[int, int], given: dict, empty: dict, concat: torch.Tensor | None):
    """The pipelines' loop for one picture [1, 3, H, W] in 0..1, with latents of `shape` (rows, columns).

    `given` and `empty` are what the network gets for the condition and for none, `concat` channels after the latents.
    """
    generator, scheduler, guidance = seeded(request["seed"]), parts.scheduler, request.get("guidance", 1)
    latents = torch.randn(1, parts.unet.config.out_channels, *shape, generator=generator) * scheduler.init_noise_sigma
    scheduler.set_timesteps(request["steps"])
    for timestep in scheduler.timesteps:
        sample = scheduler.scale_model_input(latents, timestep)
        if concat is not None:
            sample = torch.cat([sample, concat], 1)
        predicted = parts.unet(sample, timestep, **given).sample
        if guidance != 1:
            without = parts.unet(sample, timestep, **empty).sample
            predicted = without + guidance * (predicted - without)
        eta = request.get("eta", 0)
        latents = scheduler.step(predicted, timestep, latents, eta=eta, generator=generator).prev_sample
    with checked_latents(parts.vae):
        return (parts.vae.decode(latents / parts.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


def picture(pixels: torch.Tensor) -> Image.Image:
    """[1, 3, H, W] in 0..1, rounded as the pipelines do it."""
    return VaeImageProcessor.numpy_to_pil(VaeImageProcessor.pt_to_numpy(pixels))[0]


def pixels(path: Path, mode: str) -> torch.Tensor:
    """A file as [1, C, H, W] in 0..1."""
    values = np.asarray(Image.open(path).convert(mode), dtype=np.float32) / 255
    return torch.from_numpy(values.reshape(*values.shape[:2], -1)).permute(2, 0, 1)[None]


def super_resolve(pipeline: LDMSuperResolutionPipeline, request: dict, inputs: Path) -> list[Image.Image]:
    """From a tensor: the pipeline would resize a picture to multiples of 32."""
    return run(pipeline, request, image=pixels(inputs / request["image"], "RGB") * 2 - 1)


@torch.no_grad()
def inpaint(parts: Parts, request: dict, inputs: Path) -> Image.Image:
    """Conditions and composition as in CompVis/latent-diffusion's scripts/inpaint.py, whose first stage is VQ."""
    image, mask = pixels(inputs / request["image"], "RGB"), (pixels(inputs / request["mask"], "L") >= 0.5).float()
    masked = parts.vae.encode((1 - mask) * image * 2 - 1).latents
    small = F.interpolate(mask * 2 - 1, size=masked.shape[-2:])
    painted = loop(parts, request, tuple(masked.shape[-2:]), {}, {}, torch.cat([masked, small], 1))
    return picture((1 - mask) * image + mask * painted)
