"""The codebook of a VQ first stage (van den Oord et al. 2017, arXiv:1711.00937)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

COMMITMENT = 0.25
PATIENCE = 100


class VectorQuantizer(nn.Module):
    """Replaces every latent vector by its nearest of `size` codes; those unused for 100 batches start again."""

    def __init__(self, size: int, channels: int) -> None:
        super().__init__()
        self.codes = nn.Parameter(torch.randn(size, channels))
        self.register_buffer("idle", torch.full((size,), PATIENCE))  # the first batch places every code on data

    def indices(self, latents: Tensor) -> Tensor:
        """Latents [B, C, h, w] → numbers of the nearest codes [B, h, w]."""
        vectors = latents.permute(0, 2, 3, 1)
        # ‖z − e‖² without ‖z‖², which is the same for all codes.
        distances = self.codes.square().sum(1) - 2 * vectors @ self.codes.T
        return distances.argmin(-1)

    def forward(self, latents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Latents [B, C, h, w] → quantised ones (gradients pass straight through), codebook loss, indices [B, h, w]."""
        if self.training:
            self._revive(latents.detach())
        indices = self.indices(latents)
        quantised = self.look_up(indices)
        loss = F.mse_loss(quantised, latents.detach()) + COMMITMENT * F.mse_loss(latents, quantised.detach())
        return latents + (quantised - latents).detach(), loss, indices

    def look_up(self, indices: Tensor) -> Tensor:
        """Numbers [B, h, w] → codes [B, C, h, w]."""
        return self.codes[indices].permute(0, 3, 1, 2)

    @torch.no_grad()
    def _revive(self, latents: Tensor) -> None:
        """Move codes that idled too long onto random vectors of the batch (Dhariwal et al. 2020, arXiv:2005.00341)."""
        dead = torch.nonzero(self.idle >= PATIENCE)[:, 0]
        if len(dead):
            vectors = latents.permute(0, 2, 3, 1).flatten(0, 2).float()
            chosen = vectors[torch.randint(len(vectors), (len(dead),), device=vectors.device)]
            # A little apart, so that two codes placed on one vector do not stay the same.
            self.codes[dead] = chosen + 0.01 * torch.randn_like(chosen)
        self.idle += 1
        self.idle[self.indices(latents.float()).flatten()] = 0
