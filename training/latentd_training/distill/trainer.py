"""One run of distillation: the student's loss, its error after all its steps, and sheets."""

import copy
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from latentd_training.data.cache import Cache
from latentd_training.denoiser.denoiser import Denoiser
from latentd_training.denoiser.sampling import Sampling
from latentd_training.diffusion.conditions import build_contexts
from latentd_training.diffusion.denoiser_trainer import DenoiserTrainer, load_state
from latentd_training.diffusion.sheets import SheetWriter
from latentd_training.distill.config import DistillConfig
from latentd_training.distill.trajectories import Trajectories, sampled_timesteps
from latentd_training.training.precision import autocast


class DistillTrainer(DenoiserTrainer):
    """The student: starts as the teacher and learns to do several guided steps of it in one, without guidance.

    Only its UNet learns. The embedders of class and layout stay the teacher's, so that a model folder can share them.
    """

    def __init__(self, config: DistillConfig, trajectories: Trajectories, cache: Cache, device: torch.device) -> None:
        student = copy.deepcopy(trajectories.teacher).train()
        student.unet.requires_grad_(True)
        super().__init__(config, student, trajectories.mean, trajectories.std, device, student.unet)
        self.sampling = Sampling(config.student_steps, 1.0)
        self.trajectories, self.cache = trajectories, cache
        self.timesteps = sampled_timesteps(config.student_steps)
        self._sheets = (
            SheetWriter(Path(config.autoencoder), config.prompts, self.sampling) if config.autoencoder else None
        )
        self._teacher_error: float | None = None
        self.start(load_state(config.output))

    def part_loss(self, step: int, part: int) -> Tensor:
        return self.loss(*self.trajectories.visit(step), self.denoiser, part, self.config.processes)

    def loss(self, chunk: int, shift: int, denoiser: Denoiser, part: int = 0, parts: int = 1) -> Tensor:
        """Mean squared error of v (a scalar): row r learns step (r + shift) mod N of its trajectory, of N in all."""
        batch, states = self.trajectories.read(chunk)
        rows = torch.arange(len(batch.rows)).chunk(parts)[part]
        batch, segments = batch.part(part, parts), (rows + shift) % self.config.student_steps
        timesteps, start = self.timesteps[segments], states[segments, rows]
        target = self.schedule.jump(start, states[segments + 1, rows], timesteps, self.timesteps[segments + 1])
        context = build_contexts(
            batch.conditions, self.cache, batch.rows, batch.captions,
            denoiser.class_embedder, denoiser.layout_encoder, self.device,
        )
        sample = torch.cat([start, batch.conditions.concatenated], 1)
        sample = sample.to(self.device, memory_format=torch.channels_last)
        with autocast(self.device):
            predicted = denoiser(sample, timesteps.to(self.device), context)
        return F.mse_loss(predicted, target.to(self.device))

    def error(self, chunk: int, denoiser: Denoiser, guidance: float) -> float:
        """Root mean squared distance, in standard deviations of the latents, between what `denoiser` draws in the
        student's number of steps and what the teacher drew in its own, from the noise of a chunk.
        """
        batch, states = self.trajectories.read(chunk)
        drawn = self.trajectories.run(denoiser, batch, self.config.student_steps, guidance)[-1]
        return round((drawn - states[-1]).square().mean().sqrt().item(), 4)

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Loss and error of the EMA weights on trajectories never seen, and the error of the teacher in as few steps;
        writes a sample sheet where the config asks for one.
        """
        student, unseen = self.ema.module, self.trajectories.chunks
        if self._sheets:
            latents = self._sheets.latents(student, self.cache.latents.shape[1:], self.device)
            self._sheets.write(self.output / f"sheet-{self.step:06d}.png", latents * self.std + self.mean)
        if self._teacher_error is None:
            self._teacher_error = self.error(unseen, self.trajectories.teacher, self.config.guidance)
        return {
            "loss unseen": round(self.loss(unseen, 0, student).item(), 4),
            "error unseen": self.error(unseen, student, self.sampling.guidance),
            "error of teacher": self._teacher_error,
        }
