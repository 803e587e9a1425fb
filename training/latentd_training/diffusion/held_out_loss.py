"""The loss on combinations that training never sees, with the same noise every time: comparable across runs."""

from collections.abc import Callable

import torch
from torch import Tensor

from latentd_training.data.cache import LOW_RESOLUTION_FACTOR, Cache
from latentd_training.data.dataset import Dataset
from latentd_training.denoiser.denoiser import Denoiser
from latentd_training.diffusion.batches import Batch
from latentd_training.diffusion.conditions import Conditions

ROWS = 256
SEED = 123


class HeldOut:
    """One fixed batch of up to 256 pictures for every split but "train"."""

    def __init__(self, dataset: Dataset, cache: Cache, mean: Tensor, std: Tensor) -> None:
        splits = [split for split in dataset.splits() if split != "train"]
        self._batches = {
            split: _fixed_batch(cache, torch.from_numpy(dataset.indices(split)[:ROWS]), mean, std) for split in splits
        }

    @torch.no_grad()
    def losses(self, loss: Callable[[Batch, Denoiser], Tensor], denoiser: Denoiser) -> dict[str, float]:
        """The loss of each split, by name."""
        return {f"loss {split}": round(loss(batch, denoiser).item(), 4) for split, batch in self._batches.items()}


def _fixed_batch(cache: Cache, rows: Tensor, mean: Tensor, std: Tensor) -> Batch:
    """`rows` [B] with their first caption, nothing concatenated, timesteps spread evenly and noise of a fixed seed."""
    latents = (cache.latents[rows].float() - mean) / std
    count, channels, height, width = latents.shape
    none = torch.zeros(count, dtype=torch.bool)
    unused = torch.zeros(count, 1 + channels + 3 * LOW_RESOLUTION_FACTOR**2, height, width)
    captions = torch.tensor([cache.captions[row][0] for row in rows.tolist()])
    # 997 is coprime to 1000: consecutive rows get timesteps far apart.
    timesteps = torch.arange(count) * 997 % 1000
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(SEED))
    return Batch(rows, latents, captions, Conditions(none, none, none, unused), timesteps, noise)
