"""Training batches as a function of (seed, step): a run that goes on after a kill sees what it would have seen."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from latentd_training.data.cache import LOW_RESOLUTION_FACTOR, Cache
from latentd_training.data.dataset import Dataset
from latentd_training.diffusion.conditions import Conditions, ConditionsConfig, draw_conditions


@dataclass(frozen=True)
class Batch:
    """Rows [B] of the cache, their normalised latents [B, C, h, w], captions [B] (text ids), conditions, timesteps [B]
    and noise [B, C, h, w]."""

    rows: Tensor
    latents: Tensor
    captions: Tensor
    conditions: Conditions
    timesteps: Tensor
    noise: Tensor

    def part(self, number: int, count: int) -> "Batch":
        """Part `number` of `count` equal ones."""
        size = len(self.rows) // count
        part = slice(number * size, (number + 1) * size)
        return Batch(
            self.rows[part], self.latents[part], self.captions[part], self.conditions.rows(part),
            self.timesteps[part], self.noise[part],
        )


class Batches:
    """Draws batches of the split "train" with replacement; `weights` gives each kind of picture its share."""

    def __init__(
        self, dataset: Dataset, cache: Cache, mean: Tensor, std: Tensor, conditions: ConditionsConfig,
        weights: dict[str, float], batch_size: int, seed: int,
    ) -> None:
        self._cache, self._mean, self._std, self._conditions = cache, mean, std, conditions
        self._batch_size, self._seed = batch_size, seed
        side = cache.low_resolution.shape[-1] // LOW_RESOLUTION_FACTOR
        if conditions.super_resolution > 0 and side != cache.latents.shape[-1]:
            sizes = f"{side} wide and cannot be concatenated to latents {cache.latents.shape[-1]} wide"
            raise ValueError(f"The small pictures of super-resolution become {sizes}: set super_resolution = 0")
        self._rows = dataset.indices("train")
        kinds = np.array([dataset.records[row].kind for row in self._rows])
        if missing := set(weights) - set(kinds):
            raise ValueError(f"Weights name the kinds {sorted(missing)}, but the data set has {sorted(set(kinds))}")
        # Without weights every picture counts the same.
        shares = weights or {kind: float((kinds == kind).mean()) for kind in set(kinds)}
        chances = sum((kinds == kind) * (share / (kinds == kind).sum()) for kind, share in shares.items())
        self._cumulative = np.cumsum(chances) / np.sum(chances)

    def batch(self, step: int) -> Batch:
        """The batch of optimizer step number `step`."""
        rng = np.random.default_rng([self._seed, step])
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        chosen = np.searchsorted(self._cumulative, rng.random(self._batch_size), side="right")
        rows = torch.from_numpy(self._rows[chosen.clip(max=len(self._rows) - 1)])
        captions = [self._cache.captions[row] for row in rows.tolist()]
        latents = (self._cache.latents[rows].float() - self._mean) / self._std
        return Batch(
            rows,
            latents,
            torch.tensor([options[rng.integers(len(options))] for options in captions]),
            draw_conditions(self._conditions, self._cache, rows, latents, generator),
            torch.randint(0, 1000, (self._batch_size,), generator=generator),
            torch.randn(latents.shape, generator=generator),
        )
