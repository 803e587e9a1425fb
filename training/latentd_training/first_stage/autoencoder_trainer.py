"""One training run of a first stage: reconstruction, regularisation and adversarial terms, EMA, checkpoints."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from latentd_training.data.dataset import Dataset
from latentd_training.first_stage.discriminator import PatchDiscriminator, adaptive_weight, discriminator_loss
from latentd_training.first_stage.first_stage import (
    FirstStageConfig,
    first_stage_state,
    load_first_stage,
    make_first_stage,
)
from latentd_training.first_stage.perceptual import PerceptualDistance
from latentd_training.training.checkpoint import load_checkpoint, save_checkpoint
from latentd_training.training.ema import Ema
from latentd_training.training.learning_rate import learning_rate
from latentd_training.training.precision import autocast
from latentd_training.training.run_config import RunConfig
from latentd_training.training.sheet import save_sheet


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig(RunConfig):
    """What the run of a first stage is told besides: the weights of the terms of its loss; a term of weight 0 is left out.

    Raises ValueError for a perceptual term without a network.
    """

    start_from: str = ""  # an ae.pt to start from, of the same `first_stage`
    decoder_only: bool = False  # latents stay what they are, so that a trained denoiser fits the new decoder
    batch_size: int = 32
    ema_decay: float = 0.998
    edges: float = 0.5
    regularisation: float = 1e-3
    perceptual: float = 0.0
    perceptual_network: str = ""  # weights that train_evaluator left
    adversarial: float = 0.0
    adversarial_start: int = 0
    first_stage: FirstStageConfig = FirstStageConfig()

    def __post_init__(self) -> None:
        if self.perceptual > 0 and not self.perceptual_network:
            raise ValueError(f"perceptual is {self.perceptual}, but perceptual_network names no weights")


class AutoencoderTrainer:
    """All state of a run: first stage, EMA, discriminator, optimizers and the number of steps done."""

    def __init__(self, config: AutoencoderConfig, dataset: Dataset, device: torch.device) -> None:
        self.config, self.dataset, self.device = config, dataset, device
        self.output = Path(config.output)
        self.output.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        self.first_stage = _start(config).to(device, memory_format=torch.channels_last)
        self.discriminator = PatchDiscriminator().to(device, memory_format=torch.channels_last)
        self.perceptual = _perceptual(config, device)
        self.ema = Ema(self.first_stage, config.ema_decay)
        self.optimizer = _optimizer(self.first_stage, config.learning_rate)
        self.discriminator_optimizer = _optimizer(self.discriminator, config.learning_rate)
        self._rows = dataset.indices("train")
        self.step = 0
        if state := load_checkpoint(self.output / "state.pt"):
            self._restore(state)

    def batch(self, step: int) -> Tensor:
        """Pixels [B, 3, H, W] in [−1, 1] of optimizer step number `step`, half of them mirrored."""
        rng = np.random.default_rng([self.config.seed, step])
        rows = np.sort(rng.choice(self._rows, self.config.batch_size))
        pixels = torch.from_numpy(self.dataset.images[rows]).float() / 127.5 - 1
        mirrored = torch.from_numpy(rng.random(len(rows)) < 0.5)[:, None, None, None]
        pixels = torch.where(mirrored, pixels.flip(-1), pixels)
        return pixels.to(self.device, memory_format=torch.channels_last)

    def train_step(self) -> dict[str, float]:
        """One step of both optimizers; returns the terms of the loss."""
        config = self.config
        # The posterior's noise follows the step too: a run that goes on draws what it would have drawn.
        torch.manual_seed(config.seed * 2**32 + self.step)
        rate = learning_rate(config.learning_rate, self.step, config.steps, config.warmup, config.decay)
        for group in (*self.optimizer.param_groups, *self.discriminator_optimizer.param_groups):
            group["lr"] = rate
        pixels = self.batch(self.step)
        with autocast(self.device):
            reconstruction, regularisation = self.first_stage(pixels)
        reconstruction = reconstruction.float()
        squares = (reconstruction - pixels).square().mean()
        difference = (reconstruction - pixels).abs().mean() + squares
        difference = difference + config.edges * _edge_difference(reconstruction, pixels)
        terms = {"psnr": 10 * math.log10(4 / max(squares.item(), 1e-12)), "regularisation": regularisation.item()}
        if self.perceptual:
            with autocast(self.device):
                seen = self.perceptual(reconstruction, pixels)
            difference = difference + config.perceptual * seen
            terms["perceptual"] = seen.item()
        loss = difference + config.regularisation * regularisation
        playing = config.adversarial > 0 and self.step >= config.adversarial_start
        if playing:
            with autocast(self.device):
                fooling = -self.discriminator(reconstruction).float().mean()
            weight = adaptive_weight(difference, fooling, self.first_stage.dec.net[-2].weight)
            loss = loss + config.adversarial * weight * fooling
        _step(self.optimizer, loss, self.first_stage)
        if playing:
            with autocast(self.device):
                real, fake = self.discriminator(pixels).float(), self.discriminator(reconstruction.detach()).float()
            judged = discriminator_loss(real, fake)
            _step(self.discriminator_optimizer, judged, self.discriminator)
            terms["discriminator"] = judged.item()
        self.ema.update(self.first_stage, self.step)
        self.step += 1
        return terms

    @torch.no_grad()
    def evaluate(self, count: int = 64) -> dict[str, float]:
        """PSNR of the EMA weights on held-out pictures (or, where none are, on the first ones); writes a sheet."""
        rows = [i for i, record in enumerate(self.dataset.records) if record.split != "train"] or list(range(count))
        pixels = torch.from_numpy(self.dataset.images[rows[:: max(1, len(rows) // count)][:count]]).float() / 127.5 - 1
        first_stage = self.ema.module
        reconstruction = first_stage.decode(first_stage.encode(pixels.to(self.device))).clamp(-1, 1).cpu()
        pairs = torch.cat([pixels[:8], reconstruction[:8]])
        save_sheet(self.output / f"sheet-{self.step:06d}.png", pairs, columns=min(8, len(rows)))
        errors = (reconstruction - pixels).square().mean((1, 2, 3)).clamp_min(1e-12)
        return {"held-out psnr": round(float((10 * torch.log10(4 / errors)).mean()), 2)}

    def save(self) -> None:
        """Write `state.pt` (to go on from) and `ae.pt` (EMA weights)."""
        parts = {name: getattr(self, name).state_dict() for name in self._PARTS}
        save_checkpoint(self.output / "state.pt", {**parts, "ema": self.ema.module.state_dict(), "step": self.step})
        save_checkpoint(
            self.output / "ae.pt", first_stage_state(self.config.first_stage, self.ema.module, self.step)
        )

    _PARTS = ("first_stage", "discriminator", "optimizer", "discriminator_optimizer")

    def _restore(self, state: dict) -> None:
        for name in self._PARTS:
            getattr(self, name).load_state_dict(state[name])
        self.ema.module.load_state_dict(state["ema"])
        self.step = state["step"]


def _start(config: AutoencoderConfig) -> nn.Module:
    first_stage = make_first_stage(config.first_stage)
    if config.start_from:
        first_stage.load_state_dict(load_first_stage(Path(config.start_from)).state_dict())
    if config.decoder_only:
        # Out of training mode the codes of a VQ stage stay where they are, even those that idle.
        first_stage.eval().requires_grad_(False)
        first_stage.dec.requires_grad_(True)
    return first_stage


def _perceptual(config: AutoencoderConfig, device: torch.device) -> PerceptualDistance | None:
    if config.perceptual == 0:
        return None
    return PerceptualDistance(Path(config.perceptual_network)).to(device, memory_format=torch.channels_last)


def _optimizer(module: nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(module.parameters(), rate, betas=(0.9, 0.99), weight_decay=1e-4, fused=True)


def _step(optimizer: torch.optim.Optimizer, loss: Tensor, module: nn.Module) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    optimizer.step()


def _edge_difference(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference of the horizontal and vertical gradients of pixels [B, 3, H, W]."""
    error = a - b
    return error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
