"""One training run of the evaluator: batches of pictures and captions, its loss, R@5, checkpoints."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from latentd_training.data.cache import Cache
from latentd_training.data.dataset import Dataset
from latentd_training.evaluate.image_text import ImageTextNetwork
from latentd_training.evaluate.measures import recall
from latentd_training.training.checkpoint import load_checkpoint, save_checkpoint
from latentd_training.training.learning_rate import learning_rate
from latentd_training.training.precision import autocast
from latentd_training.training.run_config import RunConfig

SHIFT = 4  # pixels


@dataclass(frozen=True, kw_only=True)
class EvaluatorConfig(RunConfig):
    """What the run of an evaluator is told besides."""

    cache: str
    width: int = 64
    batch_size: int = 128


class EvaluatorTrainer:
    """All state of a run: network, optimizer and the number of steps done."""

    def __init__(self, config: EvaluatorConfig, dataset: Dataset, cache: Cache, device: torch.device) -> None:
        self.config, self.dataset, self.cache, self.device = config, dataset, cache, device
        self.output = Path(config.output)
        self.output.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        self.network = ImageTextNetwork(config.width).to(device, memory_format=torch.channels_last)
        parameters = self.network.parameters()
        self.optimizer = torch.optim.AdamW(parameters, config.learning_rate, weight_decay=0.05, fused=True)
        self._rows = dataset.indices("train")
        self.step = 0
        if state := load_checkpoint(self.output / "state.pt"):
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Pixels [b, 3, H, W] and pooled captions [b, 384] of optimizer step number `step`, each caption once."""
        rng = np.random.default_rng([self.config.seed, step])
        rows = rng.choice(self._rows, self.config.batch_size)
        captions = {int(rng.choice(self.cache.captions[row])): row for row in rows.tolist()}
        return _shifted(self._pixels(list(captions.values())), rng), self._pooled(list(captions))

    def train_step(self) -> dict[str, float]:
        """One optimizer step; returns its loss."""
        config = self.config
        rate = learning_rate(config.learning_rate, self.step, config.steps, config.warmup, config.decay)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with autocast(self.device):
            loss = self.network.loss(*self.batch(self.step))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        return {"loss": loss.item()}

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """R@5 among the captions of each held-out split, in per cent."""
        results = {}
        for split in [name for name in self.dataset.splits() if name != "train"]:
            rows = self.dataset.indices(split).tolist()
            captions = sorted({self.cache.captions[row][0] for row in rows})
            answers = torch.tensor([captions.index(self.cache.captions[row][0]) for row in rows])
            images = self.network.embed_images(self._pixels(rows))
            similarities = images @ self.network.embed_texts(self._pooled(captions)).T
            results[f"R@5 {split}"] = round(100 * recall(similarities.cpu(), answers, 5), 1)
        return results

    def save(self) -> None:
        """Write `state.pt` (to go on from) and `evaluator.pt` (weights)."""
        save_checkpoint(self.output / "state.pt", {
            "network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step,
        })
        weights = {name: value.contiguous() for name, value in self.network.state_dict().items()}
        save_checkpoint(self.output / "evaluator.pt", {"weights": weights, "width": self.config.width})

    def _pixels(self, rows: list[int]) -> Tensor:
        pixels = torch.from_numpy(self.dataset.images[rows]).float() / 127.5 - 1
        return pixels.to(self.device, memory_format=torch.channels_last)

    def _pooled(self, texts: list[int]) -> Tensor:
        return self.cache.text_pooled[texts].float().to(self.device)


def _shifted(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Pixels [b, 3, H, W] moved by up to 4 each way, their edges repeated: the exact place tells nothing."""
    height, width = pixels.shape[-2:]
    padded = nn.functional.pad(pixels, (SHIFT,) * 4, mode="replicate")
    places = rng.integers(0, 2 * SHIFT + 1, (len(pixels), 2)).tolist()
    moved = torch.stack([row[:, y : y + height, x : x + width] for row, (y, x) in zip(padded, places)])
    return moved.contiguous(memory_format=torch.channels_last)
