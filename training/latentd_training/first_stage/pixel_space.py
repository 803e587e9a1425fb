"""No first stage at all: what diffusion without a latent space trains on, for comparison."""

import torch.nn.functional as F
from torch import Tensor, nn

FACTOR = 2  # at full size a denoiser of pixels is out of reach of a CPU


class PixelSpace(nn.Module):
    """The first stage `pixels`: its "latents" are the pictures themselves, at half their size."""

    latent_channels = 3

    def encode(self, pixels: Tensor) -> Tensor:
        """Pixels [B, 3, H, W] in [−1, 1] → their 2×2 means [B, 3, H/2, W/2]."""
        return F.avg_pool2d(pixels, FACTOR)

    def decode(self, latents: Tensor) -> Tensor:
        """Latents [B, 3, h, w] → the same: pictures stay at half their size."""
        return latents
