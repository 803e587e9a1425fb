"""The perceptual term of the first stage: pictures are compared by what a trained network sees in them.

Zhang et al. 2018 (arXiv:1801.03924), without its learnt weights; the network is one that `train_evaluator` made. What
judges the results must be another one than what they learnt from: train a second one, with another `seed`.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from latentd_training.evaluate.image_text import load_image_text
from latentd_training.first_stage.autoencoder import ResidualBlock


class PerceptualDistance(nn.Module):
    """Pixels a and b [B, 3, H, W] in [−1, 1] → a scalar from 0 (the same) to 4: the squared distance of their feature
    vectors, each of length 1, at every place of every resolution, on average."""

    def __init__(self, network: Path) -> None:
        super().__init__()
        self.image = load_image_text(network).image

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        squares = [(x - y).square().sum(1).mean() for x, y in zip(self._maps(a), self._maps(b))]
        return torch.stack(squares).mean()

    def _maps(self, pixels: Tensor) -> list[Tensor]:
        """Feature maps [B, C, h, w] behind every residual block, normalised over the channels."""
        maps, x = [], pixels
        for layer in self.image:
            if isinstance(layer, nn.AdaptiveAvgPool2d):
                break
            x = layer(x)
            if isinstance(layer, ResidualBlock):
                maps.append(F.normalize(x.float(), dim=1))
        return maps
