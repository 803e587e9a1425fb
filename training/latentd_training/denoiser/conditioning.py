"""Conditions that are not text: classes and layouts become tokens of the cross-attention's context."""

import json
from importlib import resources

import torch
from torch import nn

from latentd_training.denoiser.unet import CONTEXT_WIDTH


def class_names() -> list[str]:
    """Names of the classes by id; 0 is "other"."""
    return json.loads(resources.files("latentd_training.emoji").joinpath("classes.json").read_text())


class ClassEmbedder(nn.Module):
    """Class ids [B] to one token each, [B, 1, 384]."""

    def __init__(self, classes: int):
        super().__init__()
        self.embedding = nn.Embedding(classes, CONTEXT_WIDTH)
        nn.init.normal_(self.embedding.weight, std=0.3)

    def forward(self, class_labels):
        return self.embedding(class_labels)[:, None]


class LayoutEncoder(nn.Module):
    """Pooled texts [B, N, 384] and boxes x0 y0 x1 y1 in 0..1 [B, N, 4] to tokens [B, N, 384]."""

    def __init__(self, frequencies: int = 8):
        super().__init__()
        self.frequencies = frequencies
        self.net = nn.Sequential(
            nn.Linear(CONTEXT_WIDTH + 4 * 2 * frequencies, 512), nn.SiLU(),
            nn.Linear(512, 512), nn.SiLU(),
            nn.Linear(512, CONTEXT_WIDTH),
        )

    def forward(self, object_embeddings, boxes):
        octaves = 2.0 ** torch.arange(self.frequencies, dtype=boxes.dtype, device=boxes.device) * 3.14159265
        angles = (boxes[..., None] * octaves).flatten(-2)
        return self.net(torch.cat([object_embeddings, torch.sin(angles), torch.cos(angles)], -1))
