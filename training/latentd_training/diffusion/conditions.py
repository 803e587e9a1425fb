"""One network, every task: which condition each row of a batch trains with, and what goes into its context and input.

Rombach et al. 2022 (arXiv:2112.10752), section 3.3: cross-attention for text, class and layout; concatenation for
inpainting and super-resolution. Ho and Salimans 2022 (arXiv:2207.12598) for the empty condition.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from latentd_training.data.cache import LOW_RESOLUTION_FACTOR, Cache
from latentd_training.denoiser.conditioning import ClassEmbedder, LayoutEncoder


@dataclass(frozen=True)
class ConditionsConfig:
    """Probabilities: of each context other than text, and of each concatenated input other than none."""

    layout: float = 0.15
    class_label: float = 0.07
    empty: float = 0.10
    inpainting: float = 0.15
    outpainting: float = 0.15  # of the inpainting masks, how many are turned inside out
    super_resolution: float = 0.10


@dataclass(frozen=True)
class Conditions:
    """Of a batch: masks [B] of the contexts other than text, and the concatenated channels [B, 1 + C + 48, h, w]."""

    layout: Tensor
    class_label: Tensor
    empty: Tensor
    concatenated: Tensor

    def rows(self, part: slice) -> "Conditions":
        """The conditions of some rows."""
        return Conditions(self.layout[part], self.class_label[part], self.empty[part], self.concatenated[part])


def draw_conditions(
    config: ConditionsConfig, cache: Cache, rows: Tensor, latents: Tensor, generator: torch.Generator
) -> Conditions:
    """Draw the conditions of `rows` [B] of the cache, whose normalised latents are `latents` [B, C, h, w]."""
    context, concatenation = torch.rand(2, len(rows), generator=generator)
    to_class, to_empty = config.layout + config.class_label, config.layout + config.class_label + config.empty
    inpainting = concatenation < config.inpainting
    enlarging = ~inpainting & (concatenation < config.inpainting + config.super_resolution)
    return Conditions(
        # Layout needs objects; a picture without any keeps its caption.
        (context < config.layout) & cache.object_mask[rows].any(1),
        (context >= config.layout) & (context < to_class),
        (context >= to_class) & (context < to_empty),
        _concatenated(config, cache, rows, latents, inpainting, enlarging, generator),
    )


def _concatenated(
    config: ConditionsConfig, cache: Cache, rows: Tensor, latents: Tensor, inpainting: Tensor, enlarging: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Mask, masked latents and low-resolution image [B, 1 + C + 48, h, w], zero where a row does not use them."""
    count, _, height, width = latents.shape
    mask = torch.zeros(count, 1, height, width)
    for row in torch.nonzero(inpainting)[:, 0].tolist():
        mask[row, 0] = _rectangle(height, width, config.outpainting, generator)
    masked = latents * (1 - mask) * inpainting[:, None, None, None]
    low = torch.zeros(count, 3 * LOW_RESOLUTION_FACTOR**2, height, width)
    if enlarging.any():
        pictures = cache.low_resolution[rows[enlarging]].float() / 127.5 - 1
        low[enlarging] = F.pixel_unshuffle(pictures, LOW_RESOLUTION_FACTOR)
    return torch.cat([mask, masked, low], 1)


def _rectangle(height: int, width: int, outside: float, generator: torch.Generator) -> Tensor:
    """A mask [h, w], 1 = to fill: a random rectangle, each side a quarter to three quarters, or all but it."""

    def draw(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=generator))

    rows, columns = draw(height // 4, height * 3 // 4), draw(width // 4, width * 3 // 4)
    y, x = draw(0, height - rows), draw(0, width - columns)
    mask = torch.zeros(height, width)
    mask[y : y + rows, x : x + columns] = 1
    return 1 - mask if float(torch.rand((), generator=generator)) < outside else mask


def build_contexts(
    conditions: Conditions, cache: Cache, rows: Tensor, captions: Tensor,
    classes: ClassEmbedder, layouts: LayoutEncoder, device: torch.device,
) -> Tensor:
    """Contexts [B, 24, D]: the caption (text ids [B]), "", class token + rest of "", or layout tokens + rest of ""."""

    def choose(mask: Tensor, chosen: Tensor, other: Tensor) -> Tensor:
        return torch.where(mask.to(device)[:, None, None], chosen, other)

    context = cache.text_hidden[captions].to(device).float()
    empty = cache.text_hidden[cache.empty_text].to(device).float().expand_as(context)
    objects = cache.text_pooled[cache.object_texts[rows]].to(device).float()
    boxes = layouts(objects, cache.boxes[rows].to(device)) * cache.object_mask[rows].to(device)[..., None]
    label = classes(cache.class_ids[rows].to(device))
    context = choose(conditions.empty, empty, context)
    context = choose(conditions.layout, torch.cat([boxes, empty[:, boxes.shape[1] :]], 1), context)
    return choose(conditions.class_label, torch.cat([label, empty[:, 1:]], 1), context)
