"""One training run of the denoiser: loss, optimizer step, EMA, held-out losses, sheets and checkpoints."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .batches import Batch, Batches
from .cache import Cache
from .checkpoint import load_checkpoint, save_checkpoint
from .conditions import ConditionsConfig, build_contexts
from .dataset import Dataset
from .denoiser import Denoiser, DenoiserConfig, export_weights, load_weights
from .ema import Ema
from .held_out_loss import HeldOut
from .learning_rate import learning_rate
from .noise_schedule import zero_terminal_snr_schedule
from .precision import autocast
from .processes import GradientProcesses
from .sheets import SheetWriter


@dataclass(frozen=True)
class DiffusionConfig:
    """Where things lie, and how long and how fast to learn; paths are relative to where the command runs.

    The learning rate rises over `warmup` steps, stays, and falls to zero over the last `decay` steps.
    """

    dataset: str
    cache: str
    output: str
    steps: int
    autoencoder: str = ""  # weights of the first stage, for sample sheets; none are written without it
    start_from: str = ""  # weights to start from, such as the built-in model's unet.pt
    batch_size: int = 64
    processes: int = 1  # more than 1: see processes.py, for CPUs that other work shares
    learning_rate: float = 5e-4
    warmup: int = 200
    decay: int = 0
    ema_decay: float = 0.999
    seed: int = 0
    save_minutes: float = 5.0
    report_steps: int = 50
    evaluate_steps: int = 1000
    prompts: tuple[str, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    denoiser: DenoiserConfig = DenoiserConfig()
    conditions: ConditionsConfig = ConditionsConfig()


class DiffusionTrainer:
    """All state of a run: networks, EMA, optimizer and the number of steps done."""

    def __init__(self, config: DiffusionConfig, dataset: Dataset, cache: Cache, device: torch.device) -> None:
        self.config, self.dataset, self.cache, self.device = config, dataset, cache, device
        self.output = Path(config.output)
        self.output.mkdir(parents=True, exist_ok=True)
        if config.batch_size % config.processes:
            raise ValueError(f"batch_size {config.batch_size} must be a multiple of processes {config.processes}")
        torch.manual_seed(config.seed)
        denoiser = Denoiser(config.denoiser, cache.latents.shape[1], len(dataset.classes))
        state = load_checkpoint(self.output / "state.pt")
        self.mean, self.std = self._statistics(denoiser, state)
        self.denoiser = denoiser.to(device, memory_format=torch.channels_last)
        self.ema = Ema(self.denoiser, config.ema_decay)
        self.optimizer = torch.optim.AdamW(
            self.denoiser.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.schedule = zero_terminal_snr_schedule()
        self.batches = Batches(
            dataset, cache, self.mean, self.std, config.conditions, config.weights, config.batch_size, config.seed
        )
        self._sheets = SheetWriter(Path(config.autoencoder), config.prompts) if config.autoencoder else None
        self._held_out = HeldOut(dataset, cache, self.mean, self.std)
        self.step = self.seen = 0
        if state:
            self._restore(state)
        self._processes = (
            GradientProcesses(self.denoiser, self._part_loss, config.processes) if config.processes > 1 else None
        )

    def _statistics(self, denoiser: Denoiser, state: dict | None) -> tuple[Tensor, Tensor]:
        """Mean and std [1, C, 1, 1] of the latents: those the weights were trained with, where there are weights."""
        if state:
            return state["mean"], state["std"]
        if self.config.start_from:
            return load_weights(Path(self.config.start_from), denoiser)
        return self.cache.latent_statistics(self.dataset.indices("train"))

    def _part_loss(self, step: int, part: int) -> Tensor:
        return self.loss(self.batches.batch(step).part(part, self.config.processes), self.denoiser)

    def _backward(self) -> float:
        if self._processes:
            return self._processes.backward(self.step)
        loss = self.loss(self.batches.batch(self.step), self.denoiser)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        return loss.item()

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

    def train_step(self) -> dict[str, float]:
        """One optimizer step; returns its loss."""
        config = self.config
        rate = learning_rate(config.learning_rate, self.step, config.steps, config.warmup, config.decay)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self._backward()
        nn.utils.clip_grad_norm_(self.denoiser.parameters(), 1.0)
        self.optimizer.step()
        self.ema.update(self.denoiser, self.step)
        self.step += 1
        self.seen += config.batch_size
        return {"loss": loss}

    def close(self) -> None:
        """End the helper processes of this run, if it has any."""
        if self._processes:
            self._processes.close()

    def evaluate(self) -> dict[str, float]:
        """The loss of the EMA weights on each held-out split; writes a sample sheet where the config asks for one."""
        if self._sheets:
            latents = self._sheets.latents(self.ema.module, self.cache.latents.shape[1:], self.device)
            self._sheets.write(self.output / f"sheet-{self.step:06d}.png", latents * self.std + self.mean)
        return self._held_out.losses(self.loss, self.ema.module)

    def save(self) -> None:
        """Write `state.pt` (to go on from) and `unet.pt` (EMA weights, to sample and export from)."""
        save_checkpoint(self.output / "state.pt", {
            "denoiser": self.denoiser.state_dict(), "ema": self.ema.module.state_dict(),
            "optimizer": self.optimizer.state_dict(), "step": self.step, "seen": self.seen,
            "mean": self.mean, "std": self.std,
        })
        export_weights(self.output / "unet.pt", self.ema.module, self.mean, self.std, self.step, self.seen)

    def _restore(self, state: dict) -> None:
        self.denoiser.load_state_dict(state["denoiser"])
        self.ema.module.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seen = state["step"], state["seen"]
