"""One training run of the denoiser: its loss, held-out losses and sheets."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from latentd_training.data.cache import Cache
from latentd_training.data.dataset import Dataset
from latentd_training.denoiser.denoiser import Denoiser, DenoiserConfig, load_weights
from latentd_training.diffusion.batches import Batch, Batches
from latentd_training.diffusion.conditions import build_contexts
from latentd_training.diffusion.denoiser_trainer import DenoiserTrainer, DenoiserTrainingConfig, load_state
from latentd_training.diffusion.held_out_loss import HeldOut
from latentd_training.diffusion.sheets import SheetWriter
from latentd_training.training.precision import autocast


@dataclass(frozen=True, kw_only=True)
class DiffusionConfig(DenoiserTrainingConfig):
    """What a run of the diffusion stage is told besides."""

    start_from: str = ""  # weights to start from, such as the built-in model's unet.pt
    learning_rate: float = 5e-4
    evaluate_steps: int = 1000
    denoiser: DenoiserConfig = DenoiserConfig()


class DiffusionTrainer(DenoiserTrainer):
    """Learns to predict v on the pictures of the split "train"."""

    def __init__(self, config: DiffusionConfig, dataset: Dataset, cache: Cache, device: torch.device) -> None:
        self.cache, self._dataset = cache, dataset
        torch.manual_seed(config.seed)
        denoiser = Denoiser(config.denoiser, cache.latents.shape[1], len(dataset.classes))
        state = load_state(config.output)
        mean, std = self._statistics(config, denoiser, state)
        super().__init__(config, denoiser, mean, std, device, denoiser)
        self.batches = Batches(
            dataset, cache, mean, std, config.conditions, config.weights, config.batch_size, config.seed
        )
        self._sheets = SheetWriter(Path(config.autoencoder), config.prompts) if config.autoencoder else None
        self._held_out = HeldOut(dataset, cache, mean, std)
        self.start(state)

    def _statistics(self, config: DiffusionConfig, denoiser: Denoiser, state: dict | None) -> tuple[Tensor, Tensor]:
        """Mean and std [1, C, 1, 1] of the latents: those the weights were trained with, where there are weights."""
        if state:
            return state["mean"], state["std"]
        if config.start_from:
            return load_weights(Path(config.start_from), denoiser)
        return self.cache.latent_statistics(self._dataset.indices("train"))

    def part_loss(self, step: int, part: int) -> Tensor:
        return self.loss(self.batches.batch(step).part(part, self.config.processes), self.denoiser)

    def loss(self, batch: Batch, denoiser: Denoiser) -> Tensor:
        """Mean squared error of the predicted v (a scalar)."""
        context = build_contexts(
            batch.conditions, self.cache, batch.rows, batch.captions,
            denoiser.class_embedder, denoiser.layout_encoder, self.device,
        )
        noisy = self.schedule.add_noise(batch.latents, batch.noise, batch.timesteps)
        sample = torch.cat([noisy, batch.conditions.concatenated], 1)
        sample = sample.to(self.device, memory_format=torch.channels_last)
        with autocast(self.device):
            predicted = denoiser(sample, batch.timesteps.to(self.device), context)
        target = self.schedule.velocity(batch.latents, batch.noise, batch.timesteps)
        return F.mse_loss(predicted, target.to(self.device))

    def evaluate(self) -> dict[str, float]:
        """The loss of the EMA weights on each held-out split; writes a sample sheet where the config asks for one."""
        if self._sheets:
            latents = self._sheets.latents(self.ema.module, self.cache.latents.shape[1:], self.device)
            self._sheets.write(self.output / f"sheet-{self.step:06d}.png", latents * self.std + self.mean)
        return self._held_out.losses(self.loss, self.ema.module)
