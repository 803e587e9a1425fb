"""Sample sheets of a diffusion run: the same prompts and noise every time, so that progress is seen."""

from pathlib import Path

import torch
from torch import Tensor

from latentd_training.denoiser.denoiser import Denoiser
from latentd_training.denoiser.sampling import Conditions, Sampling, denoise
from latentd_training.denoiser.text_encoder import TextEncoder, Tokenizer
from latentd_training.first_stage.first_stage import load_first_stage
from latentd_training.training.precision import autocast
from latentd_training.training.sheet import save_sheet


class SheetWriter:
    """Draws `prompts` with `sampling` and seed 0 through the decoder of the first stage at `autoencoder`."""

    def __init__(self, autoencoder: Path, prompts: tuple[str, ...], sampling: Sampling = Sampling()) -> None:
        self._first_stage, self._sampling = load_first_stage(autoencoder), sampling
        with torch.no_grad():
            self._context = TextEncoder()(*Tokenizer()(["", *prompts]))[0]

    def latents(self, denoiser: Denoiser, shape: tuple[int, int, int], device: torch.device) -> Tensor:
        """Normalised latents [B, C, h, w] on the CPU, one for each prompt; `shape` is (C, h, w)."""
        context, (channels, height, width) = self._context.to(device), shape
        noise = torch.randn(len(context) - 1, *shape, generator=torch.Generator().manual_seed(0)).to(device)
        unused = noise.new_zeros(1, denoiser.unet.config.in_channels - channels, height, width)
        given, sampling = Conditions(context[1:], unused), self._sampling
        with autocast(device):
            return denoise(denoiser, given, context[:1], noise, sampling.steps, sampling.guidance)[-1].cpu()

    def write(self, path: Path, latents: Tensor) -> None:
        """Decode latents [B, C, h, w], not normalised, into one PNG."""
        save_sheet(path, self._first_stage.decode(latents))
