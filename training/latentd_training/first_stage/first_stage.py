"""The first stage behind one interface: KL or VQ regularised (Rombach et al. 2022, section 3.1)."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from latentd_training.first_stage.autoencoder import LATENT_CHANNELS, WIDTHS, Autoencoder, Decoder, Encoder
from latentd_training.first_stage.pixel_space import PixelSpace
from latentd_training.first_stage.vector_quantizer import VectorQuantizer
from latentd_training.training.half_weights import in_float, in_half, renamed

PIXELS = Path("pixels")


@dataclass(frozen=True)
class FirstStageConfig:
    """`kind` is "kl" or "vq"; `widths` are the channels at 1/4, 1/8 and 1/16 of the picture's size."""

    kind: str = "kl"
    latent_channels: int = LATENT_CHANNELS
    widths: tuple[int, int, int] = WIDTHS
    codebook_size: int = 1024


class FirstStage(Protocol):
    """What both kinds offer. Called, it trains: reconstruction [B, 3, H, W] and regularisation loss."""

    latent_channels: int

    def __call__(self, pixels: Tensor) -> tuple[Tensor, Tensor]: ...

    def encode(self, pixels: Tensor) -> Tensor:
        """Pixels [B, 3, H, W] in [−1, 1] → latents [B, C, H/16, W/16]."""

    def decode(self, latents: Tensor) -> Tensor:
        """Latents [B, C, h, w] → pixels [B, 3, 16h, 16w], not clamped."""


class KlFirstStage(Autoencoder):
    """Regularised towards a standard normal posterior; latents are its mean."""

    def __init__(self, latent_channels: int = LATENT_CHANNELS, widths: tuple[int, int, int] = WIDTHS) -> None:
        super().__init__(latent_channels, widths)
        self.latent_channels = latent_channels

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        reconstruction, mean, log_variance = super().forward(pixels)
        mean, log_variance = mean.float(), log_variance.float()
        return reconstruction, 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean()

    def encode(self, pixels: Tensor) -> Tensor:
        return self.enc(pixels).chunk(2, 1)[0]

    def decode(self, latents: Tensor) -> Tensor:
        return self.dec(latents)


class VqFirstStage(nn.Module):
    """Regularised by a codebook. The quantisation belongs to the decoder: diffusion works on what comes before it."""

    def __init__(self, latent_channels: int, widths: tuple[int, int, int], codebook_size: int) -> None:
        super().__init__()
        self.latent_channels = latent_channels
        self.enc = Encoder(latent_channels, widths)
        self.quantizer = VectorQuantizer(codebook_size, latent_channels)
        self.dec = Decoder(latent_channels, widths)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        quantised, loss, _ = self.quantizer(self.enc(pixels).float())
        return self.dec(quantised), loss

    def encode(self, pixels: Tensor) -> Tensor:
        return self.enc(pixels)

    def decode(self, latents: Tensor) -> Tensor:
        return self.dec(self.quantizer.look_up(self.quantizer.indices(latents.float())))


def make_first_stage(config: FirstStageConfig) -> KlFirstStage | VqFirstStage:
    """A new first stage with random weights."""
    if config.kind == "kl":
        return KlFirstStage(config.latent_channels, config.widths)
    if config.kind == "vq":
        return VqFirstStage(config.latent_channels, config.widths, config.codebook_size)
    raise ValueError(f'First stage of kind "{config.kind}": must be "kl" or "vq"')


def first_stage_state(config: FirstStageConfig, first_stage: nn.Module, step: int) -> dict:
    """What an `ae.pt` file holds: half-precision weights and the config that builds their network."""
    return {"ema": in_half(first_stage), "config": asdict(config), "step": step}


def load_first_stage(path: Path) -> KlFirstStage | VqFirstStage | PixelSpace:
    """Read an `ae.pt` file: the first stage in fp32, for use and not for training. The path `pixels` is none at all."""
    if path == PIXELS:
        return PixelSpace()
    state = torch.load(path, weights_only=True, map_location="cpu")
    config = dict(state.get("config", {}))
    first_stage = make_first_stage(FirstStageConfig(**config))
    first_stage.load_state_dict(renamed(in_float(state["ema"])))
    return first_stage.eval().requires_grad_(False)
