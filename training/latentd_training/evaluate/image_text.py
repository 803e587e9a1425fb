"""The evaluator: pictures and captions in one space (CLIP: Radford et al. 2021, arXiv:2103.00020)."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from latentd_training.denoiser.unet import CONTEXT_WIDTH
from latentd_training.first_stage.autoencoder import ResidualBlock, group_norm

FEATURES = 256
EMBEDDING = 128


class ImageTextNetwork(nn.Module):
    """Pixels to features and embeddings, pooled texts to embeddings; embeddings have length 1."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.PixelUnshuffle(4), nn.Conv2d(48, width, 3, padding=1), ResidualBlock(width)]
        for channels in (width, 2 * width):
            layers += [nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1), ResidualBlock(2 * channels)]
        layers += [group_norm(4 * width), nn.SiLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()]
        self.image = nn.Sequential(*layers, nn.Linear(16 * width, FEATURES))
        self.image_head = nn.Sequential(nn.SiLU(), nn.Linear(FEATURES, EMBEDDING))
        self.text = nn.Sequential(nn.Linear(CONTEXT_WIDTH, FEATURES), nn.SiLU(), nn.Linear(FEATURES, EMBEDDING))
        self.scale = nn.Parameter(torch.tensor(10.0).log())

    def features(self, pixels: Tensor) -> Tensor:
        """Pixels [B, 3, H, W] in [−1, 1] → [B, 256], the space of the Fréchet distance."""
        return self.image(pixels).float()

    def embed_images(self, pixels: Tensor) -> Tensor:
        """Pixels [B, 3, H, W] in [−1, 1] → [B, 128]."""
        return F.normalize(self.image_head(self.image(pixels)).float(), dim=1)

    def embed_texts(self, pooled: Tensor) -> Tensor:
        """`pooler_output` of the text encoder [B, 384] → [B, 128]."""
        return F.normalize(self.text(pooled).float(), dim=1)

    def loss(self, pixels: Tensor, pooled: Tensor) -> Tensor:
        """Symmetric cross-entropy of every picture with every caption of the batch; captions are all different."""
        logits = self.scale.exp().clamp(max=100) * self.embed_images(pixels) @ self.embed_texts(pooled).T
        own = torch.arange(len(logits), device=logits.device)
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def load_image_text(path: Path) -> ImageTextNetwork:
    """Read the weights that `train_evaluator` wrote, for use and not for training."""
    state = torch.load(path, weights_only=True, map_location="cpu")
    network = ImageTextNetwork(state["width"])
    network.load_state_dict(state["weights"])
    return network.eval().requires_grad_(False)
