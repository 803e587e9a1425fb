"""The adversarial term of the first stage: a patch discriminator with hinge loss.

Esser et al. 2021, "Taming Transformers" (arXiv:2012.09841), section 3.1; for patches,
Isola et al. 2017 (arXiv:1611.07004).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PatchDiscriminator(nn.Sequential):
    """Pixels [B, 3, H, W] in [−1, 1] → logits [B, 1, H/8 − 2, W/8 − 2], each judging an overlapping patch."""

    def __init__(self, width: int = 32) -> None:
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for channels in (width, 2 * width):
            layers += [nn.Conv2d(channels, 2 * channels, 4, 2, 1), nn.GroupNorm(8, 2 * channels), nn.LeakyReLU(0.2)]
        layers += [nn.Conv2d(4 * width, 4 * width, 4, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(4 * width, 1, 4, 1, 1)]
        super().__init__(*layers)


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Hinge loss of logits of any shape: real ones should exceed 1, fake ones stay below −1."""
    return 0.5 * (F.relu(1 - real).mean() + F.relu(1 + fake).mean())


def adaptive_weight(reconstruction: Tensor, adversarial: Tensor, last_layer: Tensor, limit: float = 1e4) -> Tensor:
    """λ = ‖∇ reconstruction‖ / ‖∇ adversarial‖ at the decoder's last layer (Esser et al. 2021, eq. 7)."""
    (towards_real,) = torch.autograd.grad(reconstruction, last_layer, retain_graph=True)
    (towards_fooling,) = torch.autograd.grad(adversarial, last_layer, retain_graph=True)
    return (towards_real.norm() / (towards_fooling.norm() + 1e-6)).clamp(0, limit).detach()
