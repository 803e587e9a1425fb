"""What every run that trains a denoiser shares: optimizer step, EMA, checkpoints, and processes that split a batch."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from latentd_training.denoiser.denoiser import Denoiser, export_weights
from latentd_training.denoiser.noise_schedule import zero_terminal_snr_schedule
from latentd_training.denoiser.sampling import Sampling
from latentd_training.diffusion.conditions import ConditionsConfig
from latentd_training.training.checkpoint import load_checkpoint, save_checkpoint
from latentd_training.training.ema import Ema
from latentd_training.training.learning_rate import learning_rate
from latentd_training.training.processes import GradientProcesses
from latentd_training.training.run_config import RunConfig


@dataclass(frozen=True, kw_only=True)
class DenoiserTrainingConfig(RunConfig):
    """What every run that trains a denoiser is told besides."""

    cache: str
    autoencoder: str = ""  # weights of the first stage, for sample sheets; none are written without it
    processes: int = 1  # more than 1: see processes.py, for CPUs that other work shares
    ema_decay: float = 0.999
    prompts: tuple[str, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    conditions: ConditionsConfig = ConditionsConfig()


class DenoiserTrainer:
    """All state of a run: network, EMA, optimizer and the number of steps done.

    Subclasses say what is learnt (`part_loss`) and what the weights are to be sampled with (`sampling`), and call
    `start` when they are ready.
    """

    sampling = Sampling()

    def __init__(
        self, config: DenoiserTrainingConfig, denoiser: Denoiser, mean: Tensor, std: Tensor, device: torch.device,
        trained: nn.Module,
    ) -> None:
        """`trained` is the part of `denoiser` that learns; mean and std [1, C, 1, 1] normalise the latents."""
        self.config, self.mean, self.std, self.device = config, mean, std, device
        self.output = Path(config.output)
        self.output.mkdir(parents=True, exist_ok=True)
        if config.batch_size % config.processes:
            raise ValueError(f"batch_size {config.batch_size} must be a multiple of processes {config.processes}")
        self.denoiser, self.trained = denoiser.to(device, memory_format=torch.channels_last), trained
        self.ema = Ema(self.denoiser, config.ema_decay)
        self.optimizer = torch.optim.AdamW(
            trained.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.schedule = zero_terminal_snr_schedule()
        self.step = self.seen = 0
        self._processes: GradientProcesses | None = None

    def start(self, state: dict | None) -> None:
        """Go on from a checkpoint, if there is one, and start the processes."""
        if state:
            self.denoiser.load_state_dict(state["denoiser"])
            self.ema.module.load_state_dict(state["ema"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.seen = state["step"], state["seen"]
        if self.config.processes > 1:
            self._processes = GradientProcesses(self.trained, self.part_loss, self.config.processes)

    def part_loss(self, step: int, part: int) -> Tensor:
        """The mean loss of one of `config.processes` equal parts of the batch of `step`, a scalar."""
        raise NotImplementedError

    def train_step(self) -> dict[str, float]:
        """One optimizer step; returns its loss."""
        config = self.config
        rate = learning_rate(config.learning_rate, self.step, config.steps, config.warmup, config.decay)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self._backward()
        nn.utils.clip_grad_norm_(self.trained.parameters(), 1.0)
        self.optimizer.step()
        self.ema.update(self.denoiser, self.step)
        self.step += 1
        self.seen += config.batch_size
        return {"loss": loss}

    def _backward(self) -> float:
        if self._processes:
            return self._processes.backward(self.step)
        loss = self.part_loss(self.step, 0)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        return loss.item()

    def save(self) -> None:
        """Write `state.pt` (to go on from) and `unet.pt` (EMA weights, to sample and export from)."""
        save_checkpoint(state_path(self.output), {
            "denoiser": self.denoiser.state_dict(), "ema": self.ema.module.state_dict(),
            "optimizer": self.optimizer.state_dict(), "step": self.step, "seen": self.seen,
            "mean": self.mean, "std": self.std,
        })
        path = self.output / "unet.pt"
        export_weights(path, self.ema.module, self.mean, self.std, self.step, self.seen, self.sampling)

    def close(self) -> None:
        """End the helper processes of this run, if it has any."""
        if self._processes:
            self._processes.close()


def state_path(output: str | Path) -> Path:
    """Where a run keeps the checkpoint that it goes on from."""
    return Path(output) / "state.pt"


def load_state(output: str | Path) -> dict | None:
    """The checkpoint of a run, or None before its first."""
    return load_checkpoint(state_path(output))
